using Gateway.Path;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Telemetry;

/// <summary>One line and one measurement a request, written when the answer's last byte is out.</summary>
internal sealed class CompletionLog(RequestDelegate next, ILogger<CompletionLog> logger, GatewayMetrics metrics, TimeProvider time)
{
    private const int MaxTarget = 256;

    public async Task InvokeAsync(HttpContext http)
    {
        var started = time.GetTimestamp();
        try
        {
            await next(http);
        }
        finally
        {
            Write(http, Exchange.Of(http), time.GetElapsedTime(started));
        }
    }

    private void Write(HttpContext http, Exchange exchange, TimeSpan duration)
    {
        var status = exchange.Error is { Status: 499 } ? 499 : http.Response.StatusCode;
        if (exchange.Operation is null)
        {
            logger.RequestCompleted(
                http.Request.Method, Path(http), status, (long)duration.TotalMilliseconds, exchange.RequestId);
            return;
        }

        metrics.Completed(exchange, duration);
        logger.OperationCompleted(
            exchange.Operation.Name, status, (long)duration.TotalMilliseconds, exchange.Served?.Name, exchange.AccountName,
            exchange.Trail.Count, (long)exchange.UpstreamTime.TotalMilliseconds, exchange.Call?.Container?.Value, exchange.Call?.File?.Value,
            exchange.Error is { } error ? ErrorTypes.Of(error) : null, exchange.RequestId);
    }

    /// <summary>The path as it was sent, still percent-encoded, so that it can forge no line; queries may hold what belongs in no log.</summary>
    private static string Path(HttpContext http)
    {
        var target = http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var end = target.IndexOf('?', StringComparison.Ordinal);
        var path = target.AsSpan(0, Math.Min(end < 0 ? target.Length : end, MaxTarget));

        // Kestrel lets raw control characters through; a terminal that shows the log must not obey them.
        return path.ContainsAnyExceptInRange(' ', '~') ? string.Concat(path.ToString().Select(c => c is < ' ' or > '~' ? '?' : c)) : path.ToString();
    }
}
