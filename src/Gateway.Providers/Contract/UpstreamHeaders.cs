using System.Net.Http.Headers;

namespace Gateway.Providers.Contract;

/// <summary>Headers of a provider's answer, read when asked for. Secrets of the provider's accounts are taken out of them.</summary>
/// <param name="response">The answer.</param>
/// <param name="mask">Takes secrets out of a value.</param>
public sealed class UpstreamHeaders(HttpResponseMessage? response, Func<string, string>? mask = null)
{
    /// <summary>No headers.</summary>
    public static readonly UpstreamHeaders None = new(null);

    // Both outlive the answer, whose end takes the body alone.
    private readonly HttpResponseHeaders? _headers = response?.Headers;
    private readonly HttpContentHeaders? _content = response?.Content.Headers;

    /// <summary>The value of a header, several joined by commas; null when the answer has none of this name.</summary>
    public string? this[string name] => Value(_headers, name) ?? Value(_content, name);

    /// <summary>Bytes of the body as promised, before any decompression; null when nothing was promised.</summary>
    public long? ContentLength => _content?.ContentLength;

    private string? Value(HttpHeaders? headers, string name) => headers is not null && headers.NonValidated.TryGetValues(name, out var values)
        ? mask is null ? values.ToString() : mask(values.ToString())
        : null;
}
