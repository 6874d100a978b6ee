namespace Gateway.Upstream;

/// <summary>
/// Which headers cross the gateway, as allow-lists both ways: a header that is not named here stays on its side.
/// </summary>
internal static class HeaderRules
{
    /// <summary>Client headers a download carries upstream.</summary>
    public static readonly string[] DownloadRequest =
        ["Accept", "Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"];

    /// <summary>Upstream headers a download carries to the client.</summary>
    public static readonly string[] DownloadContent =
        ["Content-Type", "Content-Range", "Content-Disposition", "Last-Modified", "Content-Language"];

    /// <summary>Upstream response headers (not content headers) a download carries to the client.</summary>
    public static readonly string[] DownloadResponse = ["ETag", "Accept-Ranges", "Cache-Control"];

    /// <summary>Upstream headers that mean something to a client whatever the operation.</summary>
    public static bool IsForClient(string name) =>
        name.StartsWith("x-ratelimit-", StringComparison.OrdinalIgnoreCase)
        || name.Equals("openai-processing-ms", StringComparison.OrdinalIgnoreCase)
        || name.Equals("openai-version", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether an upstream header's value may be shown: printable ASCII without a secret.</summary>
    public static bool IsPresentable(string value, SecretMask secrets) => !value.AsSpan().ContainsAnyExceptInRange(' ', '~') && !secrets.Finds(value);
}
