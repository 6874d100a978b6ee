using Gateway.Providers.Contract;

namespace Gateway.Telemetry;

/// <summary>
/// <c>extra_fields.error_type</c>, also the value of the <c>error.type</c> label: Bifrost's closed vocabulary.
/// </summary>
internal static class ErrorTypes
{
    public static string Of(GatewayError error) => error switch
    {
        { Code: "upstream_credentials_exhausted" } => "provider_credentials_exhausted",
        { Type: "provider_connection_failed" } => "provider_connection_failed",
        { Code: "provider_blocked" } => "policy_provider_blocked",
        { UpstreamStatus: 503 or 529 } => "provider_overloaded",
        _ => error.Kind switch
        {
            ErrorKind.Caller or ErrorKind.NotFound or ErrorKind.Conflict => "caller_invalid_request",
            ErrorKind.Denied when error.Status == StatusCodes.Status429TooManyRequests => "policy_rate_limited",
            ErrorKind.Denied => "policy_access_denied",
            ErrorKind.Credential or ErrorKind.Permission => "provider_auth_failed",
            ErrorKind.Quota => "provider_rate_limited",
            ErrorKind.Upstream => "provider_server_error",
            ErrorKind.Unreachable => "provider_connection_failed",
            ErrorKind.Deadline => "provider_timeout",
            ErrorKind.Cancelled => "caller_cancelled",
            ErrorKind.Capacity => "bifrost_dropped",
            _ => "bifrost_internal",
        },
    };
}
