using Gateway.Api;
using Gateway.Settings;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace Gateway.Access;

/// <summary>Authentication and authorization of clients: schemes, and the one policy of everything they can reach.</summary>
internal static class AccessSetup
{
    /// <summary>The scheme of client keys.</summary>
    public const string KeyScheme = "VirtualKey";

    /// <summary>The scheme of access tokens.</summary>
    public const string TokenScheme = "Jwt";

    /// <summary>A caller who is known.</summary>
    public static readonly AuthorizationPolicy Policy = new AuthorizationPolicyBuilder(KeyScheme).RequireAuthenticatedUser().Build();

    public static void AddAccess(this IServiceCollection services, AccessSettings access, TimeProvider time)
    {
        var authentication = services.AddAuthentication();
        authentication.AddScheme<AuthenticationSchemeOptions, VirtualKeyHandler>(
            KeyScheme, options => options.ForwardDefaultSelector = access.Jwt is null ? null : TokenSchemeOf);
        if (access.Jwt is { } jwt)
        {
            authentication.AddJwtBearer(TokenScheme, new JwtAccess(jwt, new IdentityProvider(time)).Configure);
        }

        services.AddAuthorization();

        // Its check knows only the middleware of the framework; what is not admitted is refused by the endpoints themselves.
        services.Configure<RouteOptions>(routes => routes.SuppressCheckForUnhandledSecurityMetadata = true);
    }

    /// <summary>Decides who calls, once it is known what.</summary>
    public static void UseAccess(this WebApplication app)
    {
        // WebApplication puts both in front of everything by itself unless it finds these.
        IDictionary<string, object?> properties = ((IApplicationBuilder)app).Properties;
        properties["__AuthenticationMiddlewareSet"] = true;
        properties["__AuthorizationMiddlewareSet"] = true;
        app.UseMiddleware<AdmissionMiddleware>();
        app.UseWhen(static http => !http.Exchange().IsAdmitted, static strangers => strangers.UseAuthorization());
    }

    /// <summary>A key that is a token is the other scheme's.</summary>
    private static string? TokenSchemeOf(HttpContext http) =>
        PresentedKey.Read(http.Request.Headers, out var key) is null && JwtAccess.IsToken(key) ? TokenScheme : null;

    /// <summary>The group of everything a client can reach.</summary>
    public static RouteGroupBuilder MapClients(this IEndpointRouteBuilder routes) => routes.MapGroup("").RequireAuthorization(Policy);
}
