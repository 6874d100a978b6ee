using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>
/// What the client of a create is told when the request was sent and no usable answer came back. Its container may exist; nobody can say which one it
/// is, since names are not unique, so none is looked for.
/// </summary>
internal static class UnknownOutcome
{
    /// <summary>The error's code.</summary>
    public const string Code = "create_outcome_unknown";

    /// <summary>The reply of a create; one that leaves its outcome open says so, and that SDKs shall not repeat it by themselves.</summary>
    public static Reply Mark(Reply reply) => reply switch
    {
        Reply.Failed { Error: { UpstreamStatus: null } error } when IsOpen(error) => new Reply.Failed(error with
        {
            Code = Code,
            Message = error.Message
                + "; the container may have been created all the same, so the request was not repeated. List the containers before you do",
            Retryable = false,
        }),

        // A success that cannot be read as one: the provider's code says why.
        Reply.Failed { Error: { UpstreamStatus: >= 200 and < 300, Kind: ErrorKind.Upstream } error } =>
            new Reply.Failed(error with { Retryable = false }),
        _ => reply,
    };

    private static bool IsOpen(GatewayError error) =>
        error.Kind == ErrorKind.Deadline || (error.Kind == ErrorKind.Upstream
            && error.Code is "provider_connection_failed" or "invalid_upstream_response" or "provider_response_too_large");
}
