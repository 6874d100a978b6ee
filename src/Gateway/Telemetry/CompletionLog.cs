using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Compliance.Classification;
using Microsoft.Extensions.Compliance.Redaction;

namespace Gateway.Telemetry;

/// <summary>One line, one span and one measurement a request, completed when the answer's last byte is out.</summary>
internal sealed class CompletionLog(ILogger<CompletionLog> logger, GatewayMetrics metrics, AuditLog audit, IRedactorProvider redactors)
{
    private const int MaxTarget = 256;

    private readonly Redactor _redactor = redactors.GetRedactor(new DataClassificationSet(DataClasses.ClientText));

    /// <summary>A request begins.</summary>
    public static void Begin(HttpContext http, Exchange exchange)
    {
        if (http.Request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true)
        {
            exchange.RequestBytes = new ByteCount();
            http.Request.Body = exchange.RequestBytes.Reading(http.Request.Body);
        }
    }

    /// <summary>It has been answered.</summary>
    public void Complete(HttpContext http, Exchange exchange)
    {
        var duration = exchange.Age;
        var status = exchange.Error is { Status: 499 } ? 499 : http.Response.StatusCode;
        var level = LevelOf(status, exchange.Error);
        if (exchange.Operation is { } operation)
        {
            metrics.Completed(exchange, duration);
            Spans.End(exchange);
            if (logger.IsEnabled(level))
            {
                logger.OperationCompleted(
                    level, operation.Name, status, (long)duration.TotalMilliseconds, exchange.Served?.Name, exchange.AccountName,
                    exchange.Trail.Count, (long)exchange.UpstreamTime.TotalMilliseconds, exchange.Cache?.Result,
                    CredentialRedactor.Shown(exchange.Call?.Container?.Value), CredentialRedactor.Shown(exchange.Call?.File?.Value),
                    exchange.Error is { } error ? ErrorTypes.Of(error) : null, exchange.ClientKey?.Name, exchange.ClientKey?.Team?.Name,
                    exchange.RequestId);
            }
        }
        else
        {
            metrics.CompletedElse(exchange, duration);
            if (logger.IsEnabled(level))
            {
                logger.RequestCompleted(
                    level, Spans.MethodOf(http), _redactor.Redact(Path(http)), status, (long)duration.TotalMilliseconds,
                    exchange.ClientKey?.Name, exchange.RequestId);
            }
        }

        audit.Note(exchange);

        if (exchange.Error is { Detail: { } detail } && logger.IsEnabled(LogLevel.Warning))
        {
            logger.ProviderReason(exchange.Served?.Name, _redactor.Redact(detail), exchange.RequestId);
        }

        if (Spans.ServerOf(http) is { } server)
        {
            Spans.EndServer(server, exchange, http, status, IsChecked(exchange.Call) ? Path(http) : _redactor.Redact(Path(http)));
        }
    }

    /// <summary>
    /// What an operator should see stands out: what failed here or at a provider is a warning, a defect an error. An answer that broke off keeps the
    /// status it began with, and its error tells.
    /// </summary>
    private static LogLevel LevelOf(int status, GatewayError? error) =>
        error?.Kind == ErrorKind.Internal || status == StatusCodes.Status500InternalServerError ? LogLevel.Error
        : status >= 500 || error?.Status >= 500 ? LogLevel.Warning
        : LogLevel.Information;

    /// <summary>Whether the path holds nothing but ids that were checked.</summary>
    private static bool IsChecked(Call? call) =>
        call is not null
            && !(call.Container is { } container && CredentialRedactor.IsKey(container.Value))
            && !(call.File is { } file && CredentialRedactor.IsKey(file.Value));

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
