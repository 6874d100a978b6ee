using System.Diagnostics;
using Gateway.Pipeline;

namespace Gateway.Telemetry;

/// <summary>
/// Which trace context crosses the gateway. Inwards W3C's two headers, unless the configuration refuses them, and never baggage, which is free text
/// of a stranger. Outwards nothing by itself: upstreams of one's own are told by <see cref="Tell"/>.
/// </summary>
internal sealed class TracePropagator(bool accepts) : DistributedContextPropagator
{
    private static readonly DistributedContextPropagator s_w3c = CreateW3CPropagator();

    public override IReadOnlyCollection<string> Fields { get; } = ["traceparent", "tracestate"];

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
    }

    public override void ExtractTraceIdAndState(
        object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
    {
        traceId = null;
        traceState = null;
        if (accepts)
        {
            s_w3c.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);
        }
    }

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;

    /// <summary>
    /// Tells an upstream request the span it belongs to; where no spans are made, the caller's own, as the specification asks of those who take no
    /// part.
    /// </summary>
    /// <param name="request">The request to the upstream.</param>
    /// <param name="caller">The caller's own, or null.</param>
    public static void Tell(HttpRequestMessage request, TraceContext? caller)
    {
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } span)
        {
            request.Headers.Remove("traceparent");
            request.Headers.Remove("tracestate");
            request.Headers.TryAddWithoutValidation("traceparent", span.Id);
            if (span.TraceStateString is { Length: > 0 } state)
            {
                request.Headers.TryAddWithoutValidation("tracestate", state);
            }
        }
        else if (caller is not null)
        {
            request.Headers.TryAddWithoutValidation("traceparent", caller.Parent);
            if (caller.State is { } state)
            {
                request.Headers.TryAddWithoutValidation("tracestate", state);
            }
        }
    }
}
