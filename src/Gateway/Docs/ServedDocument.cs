using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Net.Http.Headers;

namespace Gateway.Docs;

/// <summary>
/// The description of the API, <c>containers.openapi.json</c>, as bytes: the program's version is put in when it is first asked for, and no request
/// and no reload changes it. Tests hold it against the mapped operations, the bounds in the code and the answers of a running gateway.
/// </summary>
internal static class ServedDocument
{
    private static readonly Lazy<Rendition> s_rendition = new(Render);

    public static Task AnswerAsync(HttpContext http)
    {
        http.Response.Headers.CacheControl = "no-cache";
        return TypedResults.Bytes(s_rendition.Value.Bytes, "application/json", entityTag: s_rendition.Value.Tag).ExecuteAsync(http);
    }

    private static Rendition Render()
    {
        var program = typeof(ServedDocument).Assembly;
        using var resource = program.GetManifestResourceStream("containers.openapi.json")!;
        var document = JsonNode.Parse(resource)!;
        document["info"]!["version"] = program.GetName().Version!.ToString(3);
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            document.WriteTo(writer);
        }

        var tag = Convert.ToHexStringLower(SHA256.HashData(bytes.ToArray())[..8]);
        return new(bytes.ToArray(), new EntityTagHeaderValue($"\"{tag}\""));
    }

    private sealed record Rendition(byte[] Bytes, EntityTagHeaderValue Tag);
}
