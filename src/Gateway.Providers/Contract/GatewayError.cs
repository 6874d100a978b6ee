namespace Gateway.Providers.Contract;

/// <summary>Whose fault an error is, and in which phase. It alone decides repetition, alerting and logging level.</summary>
public enum ErrorKind
{
    /// <summary>The caller's request is wrong; repeating it is useless.</summary>
    Caller,

    /// <summary>The gateway does not know the caller, or does not let it do this.</summary>
    Denied,

    /// <summary>The thing asked for does not exist (any more).</summary>
    NotFound,

    /// <summary>The request conflicts with the state of the thing.</summary>
    Conflict,

    /// <summary>The provider refused the gateway's credential, or there is none.</summary>
    Credential,

    /// <summary>The provider knows the gateway's credential and does not let it do this.</summary>
    Permission,

    /// <summary>The provider's rate or quota is used up.</summary>
    Quota,

    /// <summary>The provider failed, or answered something unusable.</summary>
    Upstream,

    /// <summary>No connection could be made; nothing was sent.</summary>
    Unreachable,

    /// <summary>The provider did not answer in time.</summary>
    Deadline,

    /// <summary>The client went away; nobody reads the answer.</summary>
    Cancelled,

    /// <summary>The gateway itself has no capacity right now (disk, drain).</summary>
    Capacity,

    /// <summary>A defect of the gateway.</summary>
    Internal,
}

/// <summary>An error as a value: what to tell the client, and what the gateway itself concludes from it.</summary>
public sealed record GatewayError
{
    /// <summary>Whose fault, which phase.</summary>
    public required ErrorKind Kind { get; init; }

    /// <summary>HTTP status to answer, 400–599 and never 500 for a caller's or a provider's fault.</summary>
    public required int Status { get; init; }

    /// <summary>The sentence for the client. Never contains secrets, markup, paths of the host or type names.</summary>
    public required string Message { get; init; }

    /// <summary>OpenAI's error class, e.g. <c>invalid_request_error</c>.</summary>
    public string Type { get; init; } = "invalid_request_error";

    /// <summary>Stable code, e.g. <c>unsupported_operation</c>, or null.</summary>
    public string? Code { get; init; }

    /// <summary>The request member or parameter at fault, or null.</summary>
    public string? Param { get; init; }

    /// <summary>How long to wait before repeating, or null.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The provider's own status, or null when it did not answer.</summary>
    public int? UpstreamStatus { get; init; }

    /// <summary>
    /// What the provider said, for the operator's log alone: it may name paths of a host. One line, at most some hundred characters; null when the
    /// message says all there is.
    /// </summary>
    public string? Detail { get; init; }

    /// <summary>False when a client that repeats the request may cause harm or only waste time; null to leave it to the status.</summary>
    public bool? Retryable { get; init; }

    /// <summary>A request the caller must change.</summary>
    public static GatewayError Invalid(string message, string? param = null, string? code = null, int status = 400) =>
        new() { Kind = ErrorKind.Caller, Status = status, Message = message, Param = param, Code = code };

    /// <summary>A container or file that is not there.</summary>
    public static GatewayError Missing(string message, string? param = null, string? code = null) =>
        new() { Kind = ErrorKind.NotFound, Status = 404, Message = message, Param = param, Code = code };

    /// <summary>An operation this provider does not have, in the words and with the code of Bifrost.</summary>
    public static GatewayError Unsupported(Operation? operation, string provider) =>
        Invalid($"{operation?.Name ?? "the request"} is not supported by {provider} provider", code: "unsupported_operation");

    /// <summary>A provider that failed or answered something unusable; always answered as 502.</summary>
    public static GatewayError BadUpstream(string message, int? upstreamStatus = null, string code = "provider_server_error") =>
        new()
        {
            Kind = ErrorKind.Upstream, Status = 502, Message = message, Type = "server_error", Code = code, UpstreamStatus = upstreamStatus,
        };
}
