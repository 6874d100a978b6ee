using System.Security.Cryptography;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace Gateway.Docs;

/// <summary>
/// The document as bytes, written once, when it is first asked for: it follows from the program alone, so no request and no reload changes it.
/// </summary>
internal sealed class ServedDocument
{
    private readonly Lazy<Task<Rendition>> _rendition;

    public ServedDocument([FromKeyedServices(DocsSetup.DocumentName)] IOpenApiDocumentProvider provider) =>
        _rendition = new(() => RenderAsync(provider));

    public async Task AnswerAsync(HttpContext http)
    {
        var (bytes, tag) = await _rendition.Value;
        http.Response.Headers.CacheControl = "no-cache";
        await TypedResults.Bytes(bytes, "application/json", entityTag: tag).ExecuteAsync(http);
    }

    private static async Task<Rendition> RenderAsync(IOpenApiDocumentProvider provider)
    {
        var document = await provider.GetOpenApiDocumentAsync(CancellationToken.None);
        using var text = new StringWriter();
        document.SerializeAsV31(new OpenApiJsonWriter(text));
        var bytes = System.Text.Encoding.UTF8.GetBytes(text.ToString());
        return new(bytes, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..8])}\""));
    }

    private sealed record Rendition(byte[] Bytes, EntityTagHeaderValue Tag);
}
