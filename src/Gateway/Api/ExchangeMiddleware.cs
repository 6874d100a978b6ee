using Gateway.Hosting;
using Gateway.Pipeline;
using Gateway.Settings;
using Gateway.Telemetry;
using Gateway.Upstream;

namespace Gateway.Api;

/// <summary>
/// Around everything else: the log book begins, the answer's headers are promised, whatever happens gets an answer (<see cref="ExceptionErrors"/>),
/// the completion line is certain to be written (<see cref="CompletionLog"/>), and what is left of the body is dealt with (<see cref="ClientBody"/>).
/// One layer, since every request goes through it.
/// </summary>
internal sealed class ExchangeMiddleware(
    RequestDelegate next, SettingsSource settings, ExceptionErrors net, CompletionLog log, Readiness readiness, BodyMemory memory, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var exchange = new Exchange(RequestIds.Of(http), settings.Current, time)
        {
            Aborted = http.RequestAborted,
            Client = new StreamingClient(http),
        };
        http.Features.Set(exchange);
        exchange.Body = ClientBody.Begin(http, exchange.Settings.Client, memory, time);
        using var pace = ResponsePace.Begin(http, time);
        ResponseHeaders.Register(http);
        CompletionLog.Begin(http, exchange);
        if (readiness.IsDraining)
        {
            Framing.CloseAfterwards(http);
        }

        try
        {
            await next(http);
            if (ExceptionErrors.Unanswered(http, exchange) is { } error)
            {
                await ErrorWriter.WriteAsync(http, error);
            }
        }
#pragma warning disable CA1031 // Nothing may escape: the server would cut the connection without a word.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            exchange.EndUpstream();
            await ErrorWriter.WriteAsync(http, net.OfException(http, exchange, exception));
        }
        finally
        {
            log.Complete(http, exchange);
            if (exchange.Body is { } body)
            {
                await body.EndAsync();
            }
        }
    }
}
