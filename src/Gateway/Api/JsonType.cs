using Gateway.Providers.Contract;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api;

/// <summary>
/// Whether a body says that it is JSON. Pages may send <c>text/plain</c>, forms, or nothing at all to any site without being asked (the Fetch
/// standard's "simple" requests), JSON only after CORS has agreed; so what changes something must be called what it is.
/// </summary>
internal static class JsonType
{
    /// <summary><c>application/json</c>, or a type built on it (RFC 6839 §3.1).</summary>
    public static bool Is(MediaTypeHeaderValue type) =>
        type.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase)
        || (type.Type.Equals("application", StringComparison.OrdinalIgnoreCase) && type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase));

    /// <summary>The error for a body that is not called JSON, or null.</summary>
    public static GatewayError? Refusal(HttpRequest request) =>
        MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && Is(type) ? null : GatewayError.Invalid(
            $"Content-Type must be application/json{(string.IsNullOrEmpty(request.ContentType) ? ", and is missing" : "")}", "Content-Type",
            "unsupported_media_type", StatusCodes.Status415UnsupportedMediaType);
}
