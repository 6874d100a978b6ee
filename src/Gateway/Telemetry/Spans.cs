using System.Diagnostics;
using Gateway.Path;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Telemetry;

/// <summary>
/// The spans of a request: the server's (the framework's own, filled here), one per operation beneath it, one client span per attempt beneath that.
/// Nothing is made, and nothing but a null is checked, while nobody listens.
/// </summary>
internal static class Spans
{
    /// <summary>Source of the spans below the server's.</summary>
    public const string SourceName = "Gateway.Operations";

    /// <summary>The framework's source of server spans.</summary>
    public const string ServerSourceName = "Microsoft.AspNetCore";

    private static readonly ActivitySource s_source = new(SourceName);

    /// <summary>Begins the span of an operation; null when nobody listens. It ends with <see cref="End(Exchange)"/>.</summary>
    public static Activity? Begin(Operation operation) => s_source.StartActivity(operation.Name);

    /// <summary>Begins the span of one attempt; null when nobody listens.</summary>
    public static Activity? Begin(Hop hop, Account account, ProviderSettings provider, int number)
    {
        var span = s_source.StartActivity(hop.Method, ActivityKind.Client);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag(SpanTags.Method, hop.Method);
            span.SetTag(SpanTags.Server, account.BaseAddress.Host);
            span.SetTag(SpanTags.Port, account.BaseAddress.Port);
            span.SetTag(SpanTags.Provider, provider.Name);
            span.SetTag(SpanTags.Account, account.Name);
            if (number > 1)
            {
                span.SetTag(SpanTags.Resend, number - 1);
            }
        }

        return span;
    }

    /// <summary>Ends the span of an attempt.</summary>
    public static void End(Activity? span, Attempt attempt)
    {
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag(SpanTags.UpstreamOutcome, attempt.Outcome);
            if (attempt.Status is { } status)
            {
                span.SetTag(SpanTags.Status, status);
            }

            if (attempt.Waited > TimeSpan.Zero)
            {
                span.SetTag(SpanTags.WaitedMilliseconds, (long)attempt.Waited.TotalMilliseconds);
            }

            if (attempt.Outcome != Attempt.Ok)
            {
                span.SetTag(SpanTags.ErrorType, attempt.Outcome);
                span.SetStatus(ActivityStatusCode.Error);
            }
        }

        span?.Stop();
    }

    /// <summary>Ends the span of the operation, if there is one.</summary>
    public static void End(Exchange exchange)
    {
        if (exchange.Span is { } span)
        {
            if (span.IsAllDataRequested)
            {
                Fill(span, exchange);
            }

            span.Stop();
        }
    }

    /// <summary>Fills the server's span. The query stays out: it may hold what belongs in no trace.</summary>
    public static void EndServer(Activity server, Exchange exchange, HttpContext http, int status, string path)
    {
        server.SetTag(SpanTags.Method, http.Request.Method);
        server.SetTag(SpanTags.Scheme, http.Request.Scheme);
        server.SetTag(SpanTags.Path, path);
        server.SetTag(SpanTags.Status, status);
        if (exchange is { Operation: { } operation, Door: { } door })
        {
            var route = door.Base + operation.Route;
            server.SetTag(SpanTags.Route, route);
            server.DisplayName = $"{operation.Method} {route}";
        }

        SetError(server, exchange.Error);
    }

    /// <summary>The server's span when it is recorded, or null.</summary>
    public static Activity? ServerOf(HttpContext http) =>
        http.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } server ? server : null;

    private static void Fill(Activity span, Exchange exchange)
    {
        span.SetTag(SpanTags.Operation, exchange.Operation!.Name);
        span.SetTag(SpanTags.Outcome, exchange.Error is null ? "ok" : "error");
        span.SetTag(SpanTags.Attempts, exchange.Trail.Count);
        span.SetTag(SpanTags.RequestId, exchange.RequestId);

        // A tag set to null is no tag.
        span.SetTag(SpanTags.Provider, GatewayMetrics.ProviderOf(exchange));
        span.SetTag(SpanTags.Account, exchange.AccountName);
        span.SetTag(SpanTags.Cache, exchange.CacheResult);
        span.SetTag(SpanTags.Container, exchange.Call?.Container?.Value);
        span.SetTag(SpanTags.File, exchange.Call?.File?.Value);
        span.SetTag(SpanTags.UpstreamRequestId, exchange.UpstreamRequestId);
        span.SetTag(SpanTags.RequestSize, exchange.RequestBytes?.Count);
        span.SetTag(SpanTags.ResponseSize, exchange.ResponseBytes?.Count);
        SetError(span, exchange.Error);
    }

    /// <summary>A caller's mistake is no error of the server (OpenTelemetry's rule); the type is told either way.</summary>
    private static void SetError(Activity span, GatewayError? error)
    {
        if (error is not null)
        {
            span.SetTag(SpanTags.ErrorType, ErrorTypes.Of(error));
            if (error.Status >= 500)
            {
                span.SetStatus(ActivityStatusCode.Error, error.Code);
            }
        }
    }
}
