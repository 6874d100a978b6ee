using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Hosting;

/// <summary>
/// Who may read the admin listener. On loopback and sockets whoever gets there; beyond, whoever has <c>server.admin_token</c>, but for what probes
/// need.
/// </summary>
internal static class AdminAccess
{
    private const string Scheme = "Bearer ";

    /// <summary>Whether a request may see everything.</summary>
    public static bool IsTrusted(HttpContext http, ServerSettings server) =>
        Listener.Of(http) is { IsReachable: false }
        || (server.AdminToken is { } token && http.Request.Headers.Authorization is [{ } header]
            && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && KeyDigest.Of(header.AsSpan(Scheme.Length).Trim()) is { } given && given.Equals(token));

    /// <summary>The error for a request that needs a token, or null.</summary>
    public static GatewayError? Refusal(HttpContext http, ServerSettings server) =>
        http.Request.Path.Value is "/livez" or "/readyz" || (server.MetricsWithoutToken && http.Request.Path.Value is "/metrics")
            || IsTrusted(http, server)
            ? null
            : GatewayError.Invalid(
                "beyond loopback the admin listener answers this to Authorization: Bearer and the value of server.admin_token only", "Authorization",
                "admin_token_required", StatusCodes.Status401Unauthorized);
}
