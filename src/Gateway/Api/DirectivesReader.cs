using System.Diagnostics;
using System.Globalization;
using Gateway.Access;
using Gateway.Accounts;
using Gateway.Cache;
using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Api;

/// <summary>
/// Reads the headers that say something beside the call; see <see cref="CallDirectives"/>. A request that says nothing there costs no memory.
/// </summary>
internal static class DirectivesReader
{
    /// <summary>Name of the header whose value makes a create unique for its caller.</summary>
    public const string IdempotencyKeyHeader = "Idempotency-Key";

    private const int MaxIdempotencyKey = 255;

    /// <summary>OpenAI's SDKs count their retries in it, from 0.</summary>
    private const string RetryHeader = "x-stainless-retry-count";

    /// <summary>The directives of a request, or what is wrong with one.</summary>
    /// <param name="headers">Its headers.</param>
    /// <param name="operation">What it asks.</param>
    /// <param name="settings">The configuration it lives under.</param>
    /// <param name="ofCaller">Those that hold whatever its caller asks; null for nobody in particular.</param>
    public static Parsed<CallDirectives> Read(
        IHeaderDictionary headers, Operation operation, GatewaySettings settings, CallDirectives? ofCaller = null)
    {
        var directives = ofCaller ?? CallDirectives.None;
        var rights = directives.Caller.Rights;
        if ((PinOf(headers, "x-bf-api-key-id", isId: true) ?? PinOf(headers, "x-bf-api-key", isId: false)) is { } pin)
        {
            if (!rights.AllowPinning)
            {
                return AccessErrors.PinningNotAllowed(pin.Header);
            }

            directives = directives with { Pin = pin };
        }

        if (!rights.AllowForwardedHeaders && ForwardedHeaders.Asked(headers) is { } asked)
        {
            return AccessErrors.HeaderNotAllowed(asked);
        }

        if (ForwardedHeaders.Of(headers, settings.Client) is { IsEmpty: false } forwarded)
        {
            directives = directives with { Forwarded = forwarded };
        }

        if (settings.Telemetry.AcceptTraceContext && TraceOf(headers) is { } trace)
        {
            directives = directives with { Trace = trace };
        }

        if (settings.Client.AllowPerRequestRawOverride)
        {
            directives = directives with
            {
                EchoRequest = Flag(headers, "x-bf-send-back-raw-request"), EchoResponse = Flag(headers, "x-bf-send-back-raw-response"),
            };
        }

        return operation.Shape == ResponseShape.List ? ReadList(headers, directives)
            : operation == Operation.ContainerCreate ? ReadCreate(headers, directives)
            : directives;
    }

    private static Parsed<CallDirectives> ReadList(IHeaderDictionary headers, CallDirectives directives)
    {
        if (CacheDirectivesReader.Read(headers, out var cache) is { } invalid)
        {
            return invalid;
        }

        var strict = Flag(headers, "x-bf-strict");
        return cache == CacheDirectives.None && strict is null ? directives : directives with { Cache = cache, Strict = strict };
    }

    private static Parsed<CallDirectives> ReadCreate(IHeaderDictionary headers, CallDirectives directives)
    {
        var key = headers[IdempotencyKeyHeader].ToString();
        return key.Length > MaxIdempotencyKey
            ? GatewayError.Invalid(
                $"{IdempotencyKeyHeader} must not be longer than {MaxIdempotencyKey} characters", IdempotencyKeyHeader, "invalid_value")
            : directives with
            {
                // Where nobody has to say who he is only a create shares state with others' calls.
                Caller = directives.Caller.Tenant is not null ? directives.Caller : new Caller { Credentials = PresentedKey.Everything(headers) },
                IdempotencyKey = key.Length > 0 ? key : null,
                RetryCount = Count(headers[RetryHeader].ToString()),
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
