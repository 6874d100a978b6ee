using Gateway.Providers.Contract;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Gateway.Api;

/// <summary>
/// Keeps pages of other sites from changing anything: a browser sends a "simple" request without asking first, whatever CORS says about its answer.
/// The browser's own word (<c>Sec-Fetch-Site</c>, which no page can set) comes first, <c>Origin</c> second, as in Go's
/// <c>net/http.CrossOriginProtection</c>; clients that are no browsers send neither.
/// </summary>
internal static class OriginRule
{
    /// <summary>The error for a request that changes something and comes from another site, or null.</summary>
    /// <param name="request">The request.</param>
    /// <param name="allowed">What <c>client.allowed_origins</c> allows; null for nothing.</param>
    public static GatewayError? Refusal(HttpRequest request, CorsPolicy? allowed)
    {
        if (request.Method is "GET" or "HEAD" or "OPTIONS")
        {
            return null;
        }

        var site = request.Headers["Sec-Fetch-Site"];
        var origin = request.Headers.Origin;
        if ((site.Count == 0 && origin.Count == 0)
            || (origin.Count == 1 && allowed is not null && (allowed.AllowAnyOrigin || allowed.IsOriginAllowed(origin[0]!))))
        {
            return null;
        }

        var isOurs = site.Count > 0 ? site.Count == 1 && site[0] is "same-origin" or "none" : origin.Count == 1 && IsOurs(origin[0]!, request);
        return isOurs ? null : GatewayError.Invalid(
            "the request comes from a page of another origin, which client.allowed_origins does not allow", "Origin", "origin_not_allowed",
            StatusCodes.Status403Forbidden);
    }

    /// <summary>
    /// Same host and port, and over TLS the same scheme: a page that came without it may be anybody's. Without TLS the scheme is not compared, since
    /// TLS may end in front of the gateway.
    /// </summary>
    private static bool IsOurs(string origin, HttpRequest request)
    {
        var host = request.Host;
        if (!host.HasValue || !Uri.TryCreate(origin, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            return false;
        }

        if (address.Scheme != "https" && request.HttpContext.Features.Get<ITlsHandshakeFeature>() is not null)
        {
            return false;
        }

        var port = host.Port ?? (address.Scheme == "https" ? 443 : 80);
        return address.Port == port && address.Host.Equals(host.Host, StringComparison.OrdinalIgnoreCase);
    }
}
