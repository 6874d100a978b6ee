using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Fakes;

/// <summary>A request as an upstream saw it.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Target">Raw target.</param>
/// <param name="Headers">All headers.</param>
/// <param name="Body">The body, unless it was streamed away.</param>
public sealed record Received(string Method, string Target, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Body);

    public static async Task<Received> ReadAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        return Of(http, body.ToArray());
    }

    public static Received Of(HttpContext http, byte[] body) => new(
        http.Request.Method,
        http.Features.Get<IHttpRequestFeature>()!.RawTarget,
        http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
        body);
}
