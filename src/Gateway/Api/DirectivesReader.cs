using System.Diagnostics;
using System.Globalization;
using Gateway.Accounts;
using Gateway.Cache;
using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Api;

/// <summary>Reads the headers that say something beside the call; see <see cref="CallDirectives"/>.</summary>
internal static class DirectivesReader
{
    /// <summary>Name of the header whose value makes a create unique for its caller.</summary>
    public const string IdempotencyKeyHeader = "Idempotency-Key";

    private const int MaxIdempotencyKey = 255;

    /// <summary>OpenAI's SDKs count their retries in it, from 0.</summary>
    private const string RetryHeader = "x-stainless-retry-count";

    private static readonly string[] s_credentials = ["Authorization", "x-api-key", "api-key", "x-bf-vk", "x-goog-api-key"];

    /// <summary>The directives of a request, or what is wrong with one.</summary>
    public static Parsed<CallDirectives> Read(HttpRequest request, Operation operation, GatewaySettings settings)
    {
        var headers = request.Headers;
        var cache = CacheDirectives.None;
        if (operation.Shape == ResponseShape.List && CacheDirectivesReader.Read(headers, out cache) is { } invalid)
        {
            return invalid;
        }

        var isCreate = operation == Operation.ContainerCreate;
        var key = isCreate ? headers[IdempotencyKeyHeader].ToString() : "";
        if (key.Length > MaxIdempotencyKey)
        {
            return GatewayError.Invalid(
                $"{IdempotencyKeyHeader} must not be longer than {MaxIdempotencyKey} characters", IdempotencyKeyHeader, "invalid_value");
        }

        var mayEcho = settings.Client.AllowPerRequestRawOverride;
        return new CallDirectives
        {
            Caller = isCreate ? new Caller([.. s_credentials.Select(name => headers[name].ToString())]) : Caller.Anonymous,
            Pin = PinOf(headers, "x-bf-api-key-id", isId: true) ?? PinOf(headers, "x-bf-api-key", isId: false),
            IdempotencyKey = key.Length > 0 ? key : null,
            RetryCount = isCreate ? Count(headers[RetryHeader].ToString()) : 0,
            Strict = operation.Shape == ResponseShape.List ? Flag(headers, "x-bf-strict") : null,
            EchoRequest = mayEcho ? Flag(headers, "x-bf-send-back-raw-request") : null,
            EchoResponse = mayEcho ? Flag(headers, "x-bf-send-back-raw-response") : null,
            Cache = cache,
            QueryText = request.QueryString.Value ?? "",
            Forwarded = ForwardedHeaders.Of(headers, settings.Client),
            Trace = settings.Telemetry.AcceptTraceContext ? TraceOf(headers) : null,
        };
    }

    private static Pin? PinOf(IHeaderDictionary headers, string header, bool isId) =>
        headers.TryGetValue(header, out var values) && values.ToString() is { Length: > 0 } value ? new Pin(header, isId, value) : null;

    private static bool? Flag(IHeaderDictionary headers, string header) =>
        headers.TryGetValue(header, out var values) && bool.TryParse(values, out var value) ? value : null;

    private static int Count(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;

    private static TraceContext? TraceOf(IHeaderDictionary headers) =>
        headers.TraceParent is [{ } parent] && ActivityContext.TryParse(parent, headers.TraceState, out _)
            ? new TraceContext(parent, headers.TraceState is { Count: > 0 } state ? state.ToString() : null)
            : null;
}
