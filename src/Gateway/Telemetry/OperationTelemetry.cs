using Gateway.Pipeline;
using Gateway.Providers.Contract;

namespace Gateway.Telemetry;

/// <summary>Begins what an operation's span and measurements need; <see cref="CompletionLog"/> ends it.</summary>
internal sealed class OperationTelemetry(GatewayMetrics metrics)
{
    public void Begin(HttpContext http, Exchange exchange)
    {
        var operation = exchange.Operation!;
        metrics.Begun(operation);
        exchange.Span = Spans.Begin(operation);
        if (operation.Shape == ResponseShape.Content)
        {
            exchange.ResponseBytes = new ByteCount();
            http.Response.Body = exchange.ResponseBytes.Writing(http.Response.Body);
        }
    }
}
