using Scalar.AspNetCore;

namespace Gateway.Docs;

/// <summary>
/// Scalar's page over the document. Its script is a resource of its own library, and the page may load nothing from anywhere else, so it works where
/// there is no network.
/// </summary>
internal static class ReferencePage
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapScalarApiReference(DocsSetup.PagePath, (options, http) =>
        {
            options.Title = "Gateway: Containers API";
            options.AddDocument(DocsSetup.DocumentName, routePattern: DocsSetup.DocumentPath);
            options.WithNonce();
            options.DisableDefaultFonts().DisableAgent().DisableMcp().DisableTelemetry();
            options.HideDeveloperTools();
            // It leads to a site elsewhere.
            options.HideClientButton = true;
            http.Response.OnStarting(AllowOwnParts, http);
        });

    /// <summary>The page styles itself at run time, so its styles cannot be named beforehand; its scripts can.</summary>
    private static Task AllowOwnParts(object state)
    {
        var http = (HttpContext)state;
        var nonce = http.Items[ScalarOptions.NonceHttpContextItemKey] as string;
        http.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
            + "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return Task.CompletedTask;
    }
}
