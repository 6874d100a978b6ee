using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Providers.Contract;

namespace Gateway.Surface;

/// <summary>What Kestrel finds wrong with a request's body or framing, in our words and with its status.</summary>
internal static partial class ClientFaults
{
    /// <summary>A body whose chunks cannot be read, or whose connection broke.</summary>
    public static GatewayError Unreadable { get; } = GatewayError.Invalid("the request body could not be read", code: "bad_request");

    /// <summary>Kestrel's words for a connection that ends within a body; its status is that of any other bad request.</summary>
    private const string Left = "Unexpected end of request content.";

    public static GatewayError Of(BadHttpRequestException exception) => exception.StatusCode switch
    {
        _ when exception.Message == Left => Upstream.HopFault.ClientLeft.Error,
        StatusCodes.Status413PayloadTooLarge => BodyReader.TooLarge(LimitIn(exception.Message)),
        StatusCodes.Status408RequestTimeout => GatewayError.Invalid(
            "the request body arrived too slowly", code: "request_body_timeout", status: 408),
        StatusCodes.Status431RequestHeaderFieldsTooLarge => GatewayError.Invalid(
            "request headers are too large", code: "request_headers_too_large", status: 431),
        var status and >= 400 and < 500 => GatewayError.Invalid("the request is not well formed HTTP", code: "bad_request", status: status),
        _ => GatewayError.Invalid("the request is not well formed HTTP", code: "bad_request"),
    };

    /// <summary>Kestrel tells its limit in its words only.</summary>
    private static long? LimitIn(string message) =>
        Limit().Match(message) is { Success: true } match ? long.Parse(match.Value, NumberStyles.None, CultureInfo.InvariantCulture) : null;

    [GeneratedRegex("(?<=request body size is )[0-9]{1,18}(?= bytes)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Limit();
}
