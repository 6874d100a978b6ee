using Gateway.Api;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Microsoft.AspNetCore.Authorization;

namespace Gateway.Access;

/// <summary>
/// Lets in whoever need not say who he is; all others are authenticated behind it. Where no keys are configured that is everybody, at the cost of
/// this one look.
/// </summary>
internal sealed class AdmissionMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        var exchange = http.Exchange();
        var access = exchange.Settings.Access;
        if (http.GetEndpoint() is not { } endpoint || endpoint.Metadata.GetMetadata<IAuthorizeData>() is null)
        {
            // No such path, or no such method there.
            return next(http);
        }

        if (access.RequiredHeaders.Length > 0 && Missing(http.Request.Headers, access) is { } error)
        {
            return ErrorWriter.WriteAsync(http, error);
        }

        if (access.IsOpen || (endpoint.Metadata.GetMetadata<ApiSurface>() is null && IsWhitelisted(http.Request.Path, access)))
        {
            exchange.Admit();
        }

        return next(http);
    }

    private static GatewayError? Missing(IHeaderDictionary headers, AccessSettings access)
    {
        var missing = access.RequiredHeaders.Where(name => string.IsNullOrWhiteSpace(headers[name])).ToList();
        return missing.Count > 0 ? AccessErrors.HeadersMissing(missing) : null;
    }

    private static bool IsWhitelisted(string? path, AccessSettings access)
    {
        foreach (var route in access.WhitelistedRoutes)
        {
            if (route.EndsWith('*')
                ? path?.AsSpan().StartsWith(route.AsSpan(0, route.Length - 1), StringComparison.Ordinal) == true
                : string.Equals(route, path, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
