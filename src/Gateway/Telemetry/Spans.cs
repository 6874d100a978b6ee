using System.Diagnostics;
using Gateway.Pipeline;
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

    private const string OtherMethod = "_OTHER";

    private static readonly ActivitySource s_source = new(SourceName);

    /// <summary>Begins the span of an operation; null when nobody listens. It ends with <see cref="End(Exchange)"/>.</summary>
    public static Activity? Begin(Operation operation) => s_source.StartActivity(operation.Name);

    /// <summary>Begins the span of a provider's own housekeeping, the root of its attempts; null when nobody listens.</summary>
    public static Activity? BeginMaintenance() => s_source.StartActivity(GatewayMetrics.Maintenance);

    /// <summary>Begins the span of one attempt; null when nobody listens.</summary>
    public static Activity? Begin(UpstreamRequest request, Account account, ProviderSettings provider, int number)
    {
        var span = s_source.StartActivity(request.Method, ActivityKind.Client);
        if (span is { IsAllDataRequested: true })
        {
            span.AddTag(SpanTags.Method, request.Method);
            span.AddTag(SpanTags.Path, CredentialRedactor.ShownPath(request.Target.Path));
            span.AddTag(SpanTags.Server, account.BaseAddress.Host);
            span.AddTag(SpanTags.Port, account.BaseAddress.Port);
            span.AddTag(SpanTags.Provider, provider.Name);
            span.AddTag(SpanTags.Account, account.Name);
            if (number > 1)
            {
                span.AddTag(SpanTags.Resend, number - 1);
            }
        }

        return span;
    }

    /// <summary>Ends the span of an attempt.</summary>
    public static void End(Activity? span, Attempt attempt)
    {
        if (span is { IsAllDataRequested: true })
        {
            span.AddTag(SpanTags.UpstreamOutcome, attempt.Outcome);
            if (attempt.Status is { } status)
            {
                span.AddTag(SpanTags.Status, status);
            }

            if (attempt.Waited > TimeSpan.Zero)
            {
                span.AddTag(SpanTags.WaitedMilliseconds, (long)attempt.Waited.TotalMilliseconds);
            }

            if (attempt.Outcome != Attempt.Ok)
            {
                span.AddTag(SpanTags.ErrorType, attempt.Outcome);
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
        var method = MethodOf(http);
        server.AddTag(SpanTags.Method, method);
        server.AddTag(SpanTags.Scheme, http.Request.Scheme);
        server.AddTag(SpanTags.Path, path);
        server.AddTag(SpanTags.Status, status);
        if (exchange is { Operation: { } operation, Surface: { } surface })
        {
            var route = surface.Base + operation.Route;
            server.AddTag(SpanTags.Route, route);
            server.DisplayName = $"{operation.Method} {route}";
        }
        else
        {
            // OpenTelemetry's name for a request without a route; the framework's says nothing.
            server.DisplayName = method == OtherMethod ? "HTTP" : method;
        }

        SetError(server, exchange.Error);
    }

    /// <summary>The request's method, or <c>_OTHER</c>: an unknown one is text of a client.</summary>
    public static string MethodOf(HttpContext http) => HttpMethods.GetCanonicalizedValue(http.Request.Method) switch
    {
        "GET" or "POST" or "DELETE" or "HEAD" or "OPTIONS" or "PUT" or "PATCH" or "TRACE" or "CONNECT" => http.Request.Method,
        _ => OtherMethod,
    };

    /// <summary>The server's span when it is recorded, or null.</summary>
    public static Activity? ServerOf(HttpContext http) =>
        http.Features.Get<IHttpActivityFeature>()?.Activity is { IsAllDataRequested: true } server ? server : null;

    private static void Fill(Activity span, Exchange exchange)
    {
        span.AddTag(SpanTags.Operation, exchange.Operation!.Name);
        span.AddTag(SpanTags.Outcome, exchange.Error is null ? "ok" : "error");
        span.AddTag(SpanTags.Attempts, exchange.Trail.Count);
        span.AddTag(SpanTags.RequestId, exchange.RequestId);

        Add(span, SpanTags.Provider, GatewayMetrics.ProviderOf(exchange));
        Add(span, SpanTags.Account, exchange.AccountName);
        Add(span, SpanTags.Cache, exchange.Cache?.Result);
        Add(span, SpanTags.Container, CredentialRedactor.Shown(exchange.Call?.Container?.Value));
        Add(span, SpanTags.File, CredentialRedactor.Shown(exchange.Call?.File?.Value));
        Add(span, SpanTags.UpstreamRequestId, exchange.UpstreamRequestId);
        Add(span, SpanTags.RequestSize, exchange.RequestBytes?.Count);
        Add(span, SpanTags.ResponseSize, exchange.ResponseBytes?.Count);
        SetError(span, exchange.Error);
    }

    /// <summary>Adds what is there. The span is new and has no tag twice, so that there is nothing to search for.</summary>
    private static void Add(Activity span, string name, object? value)
    {
        if (value is not null)
        {
            span.AddTag(name, value);
        }
    }

    /// <summary>A caller's mistake is no error of the server (OpenTelemetry's rule); the type is told either way.</summary>
    private static void SetError(Activity span, GatewayError? error)
    {
        if (error is not null)
        {
            span.AddTag(SpanTags.ErrorType, ErrorTypes.Of(error));
            if (error.Status >= 500)
            {
                span.SetStatus(ActivityStatusCode.Error, error.Code);
            }
        }
    }
}
