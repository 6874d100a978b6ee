using Gateway.Providers.Contract;

namespace Gateway.Api;

/// <summary>What Kestrel finds wrong with a request's body or framing, in our words and with its status.</summary>
internal static class ClientFaults
{
    /// <summary>A body whose chunks cannot be read, or whose connection broke.</summary>
    public static GatewayError Unreadable { get; } = GatewayError.Invalid("the request body could not be read", code: "bad_request");

    /// <summary>Kestrel's words for a connection that ends within a body; its status is that of any other bad request.</summary>
    private const string Left = "Unexpected end of request content.";

    public static GatewayError Of(BadHttpRequestException exception) => exception.StatusCode switch
    {
        _ when exception.Message == Left => Upstream.TransportFailure.ClientLeft.Error,
        StatusCodes.Status431RequestHeaderFieldsTooLarge => GatewayError.Invalid(
            "request headers are too large", code: "request_headers_too_large", status: 431),
        var status and >= 400 and < 500 => GatewayError.Invalid("the request is not well formed HTTP", code: "bad_request", status: status),
        _ => GatewayError.Invalid("the request is not well formed HTTP", code: "bad_request"),
    };
}
