using System.Collections.Frozen;
using System.Collections.Immutable;
using Gateway.Accounts;
using Gateway.Settings;
using Microsoft.Extensions.Primitives;

namespace Gateway.Upstream;

/// <summary>
/// Which headers cross the gateway, as allow-lists both ways: a header that is not named here stays on its side (engineering §2.5).
/// </summary>
internal static class HeaderRules
{
    private const string ForwardPrefix = "x-bf-eh-";

    /// <summary>Client headers a download carries upstream.</summary>
    public static readonly string[] DownloadRequest =
        ["Accept", "Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"];

    /// <summary>Upstream headers a download carries to the client.</summary>
    public static readonly string[] DownloadContent =
        ["Content-Type", "Content-Range", "Content-Disposition", "Last-Modified", "Content-Language"];

    /// <summary>Upstream response headers (not content headers) a download carries to the client.</summary>
    public static readonly string[] DownloadResponse = ["ETag", "Accept-Ranges", "Cache-Control"];

    /// <summary>Never forwarded by <c>x-bf-eh-*</c> or an allow list: credentials, framing, hop-by-hop and identity (contract §6.2).</summary>
    private static readonly FrozenSet<string> s_never = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "authorization", "proxy-authorization", "proxy-connection", "cookie", "set-cookie", "host", "content-length", "content-type",
        "content-encoding", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect", "accept-encoding", "x-api-key",
        "api-key", "x-goog-api-key", "baggage", "forwarded", "via");

    /// <summary>Upstream headers that mean something to a client whatever the operation.</summary>
    public static bool IsForClient(string name) =>
        name.StartsWith("x-ratelimit-", StringComparison.OrdinalIgnoreCase)
        || name.Equals("openai-processing-ms", StringComparison.OrdinalIgnoreCase)
        || name.Equals("openai-version", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether an upstream header's value may be shown: printable ASCII without a secret.</summary>
    public static bool IsPresentable(string value, SecretMask secrets) => !value.AsSpan().ContainsAnyExceptInRange(' ', '~') && !secrets.Finds(value);

    /// <summary>Puts on the client's headers that travel upstream: those sent as <c>x-bf-eh-NAME</c>, and those the configuration lets through.</summary>
    public static void Forward(IHeaderDictionary headers, ClientSettings client, HttpRequestMessage request)
    {
        foreach (var (name, values) in headers)
        {
            if (TargetOf(name, client) is { } target)
            {
                foreach (var value in values)
                {
                    request.Headers.TryAddWithoutValidation(target, value ?? "");
                }
            }
        }
    }

    /// <summary>The client's headers that can change an upstream's answer, in the order of their names: those that travel, and those that choose an account.</summary>
    public static ImmutableArray<KeyValuePair<string, StringValues>> OfAnswer(IHeaderDictionary headers, ClientSettings client)
    {
        List<KeyValuePair<string, StringValues>>? found = null;
        foreach (var header in headers)
        {
            if (Pin.IsPin(header.Key) || TargetOf(header.Key, client) is not null)
            {
                (found ??= []).Add(header);
            }
        }

        return found is null ? [] : [.. found.OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Whether any of the client's headers travels upstream.</summary>
    public static bool Travels(IHeaderDictionary headers, ClientSettings client) => headers.Any(header => TargetOf(header.Key, client) is not null);

    /// <summary>The name under which a client's header travels upstream, or null when it does not.</summary>
    private static string? TargetOf(string name, ClientSettings client)
    {
        var target = name.StartsWith(ForwardPrefix, StringComparison.OrdinalIgnoreCase) ? name[ForwardPrefix.Length..]
            : client.HeaderAllowList.Length > 0 && Matches(client.HeaderAllowList, name) ? name
            : null;
        return target is { Length: > 0 } && MayTravel(target) && !Matches(client.HeaderDenyList, target) ? target : null;
    }

    private static bool MayTravel(string name) =>
        !s_never.Contains(name)
        && !name.StartsWith("x-bf-", StringComparison.OrdinalIgnoreCase)
        && !name.StartsWith("x-forwarded-", StringComparison.OrdinalIgnoreCase);

    private static bool Matches(IEnumerable<string> patterns, string name)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.EndsWith('*')
                ? name.AsSpan().StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.OrdinalIgnoreCase)
                : name.Equals(pattern, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
