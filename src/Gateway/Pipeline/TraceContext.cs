namespace Gateway.Pipeline;

/// <summary>The client's place in a trace (https://www.w3.org/TR/trace-context/), well formed.</summary>
/// <param name="Parent"><c>traceparent</c>.</param>
/// <param name="State"><c>tracestate</c>, or null.</param>
internal sealed record TraceContext(string Parent, string? State);
