namespace Gateway.Settings;

/// <summary>Rules for addresses. Reasons never quote the address: it may carry a password.</summary>
internal static class Urls
{
    /// <summary>Why an upstream's base address cannot be used, or null.</summary>
    public static string? CheckUpstream(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Host.Length == 0
            || url.Any(char.IsWhiteSpace))
        {
            return "must be an absolute http or https URL";
        }

        return CheckParts(address, url);
    }

    /// <summary>Why a proxy's address cannot be used, or null.</summary>
    public static string? CheckProxy(string url, string type)
    {
        var isSocks = type == "socks5";
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Host.Length == 0
            || !(isSocks ? address.Scheme == "socks5" : address.Scheme is "http" or "https"))
        {
            return isSocks ? "must be a socks5:// URL" : "must be an absolute http or https URL";
        }

        return CheckParts(address, url);
    }

    /// <summary>Why an entry of <c>allowed_origins</c> cannot be used, or null.</summary>
    public static string? CheckOrigin(string origin)
    {
        var concrete = origin.Replace("://*.", "://any.", StringComparison.Ordinal);
        return origin == "*"
            || (Uri.TryCreate(concrete, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
                && !concrete.Contains('*') && address.GetLeftPart(UriPartial.Authority).Length >= concrete.Length
                && address.UserInfo.Length == 0)
            ? null
            : "must be \"*\" or an origin such as https://app.example or https://*.app.example, without a path";
    }

    /// <summary>Why an entry of <c>allowed_hosts</c> cannot be used, or null.</summary>
    public static string? CheckHost(string host)
    {
        var concrete = host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host;
        return host == "*" || Uri.CheckHostName(concrete) != UriHostNameType.Unknown
            ? null
            : "must be \"*\", a host name such as gateway.example, or *.gateway.example, without scheme, port or path";
    }

    private static string? CheckParts(Uri address, string url) =>
        address.UserInfo.Length > 0 || address.Authority.Contains('@') ? "must not contain user information; give credentials in their own members"
        : url.Contains('?') || url.Contains('#') ? "must not contain a query or fragment"
        : null;
}
