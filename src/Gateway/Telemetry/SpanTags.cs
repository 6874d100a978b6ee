namespace Gateway.Telemetry;

/// <summary>
/// Attribute names of spans, in one place: OpenTelemetry's where there is one, <c>gateway.*</c> otherwise. Unlike labels they may hold ids.
/// </summary>
internal static class SpanTags
{
    public const string Method = "http.request.method";
    public const string Route = "http.route";
    public const string Status = "http.response.status_code";
    public const string Resend = "http.request.resend_count";
    public const string RequestSize = "http.request.body.size";
    public const string ResponseSize = "http.response.body.size";
    public const string Path = "url.path";
    public const string Scheme = "url.scheme";
    public const string Server = "server.address";
    public const string Port = "server.port";
    public const string ErrorType = "error.type";

    public const string Operation = "gateway.operation";
    public const string Provider = "gateway.provider";
    public const string Account = "gateway.account";
    public const string Outcome = "gateway.outcome";
    public const string Attempts = "gateway.attempts";
    public const string Cache = "gateway.cache";
    public const string Container = "gateway.container.id";
    public const string File = "gateway.file.id";
    public const string RequestId = "gateway.request.id";
    public const string UpstreamRequestId = "gateway.upstream.request.id";
    public const string UpstreamOutcome = "gateway.upstream.outcome";
    public const string WaitedMilliseconds = "gateway.upstream.waited_ms";
}
