using System.Collections.Frozen;
using System.Collections.Immutable;
using Gateway.Settings;
using Microsoft.Extensions.Primitives;

namespace Gateway.Api;

/// <summary>Which of a client's headers travel upstream: those sent as <c>x-bf-eh-NAME</c>, and those the configuration lets through.</summary>
internal static class ForwardedHeaders
{
    private const string Prefix = "x-bf-eh-";

    /// <summary>Never forwarded: credentials, framing, hop-by-hop (RFC 9110 §7.6.1) and identity.</summary>
    private static readonly FrozenSet<string> s_never = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "authorization", "proxy-authorization", "proxy-connection", "cookie", "set-cookie", "host", "content-length", "content-type",
        "content-encoding", "connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "expect", "accept-encoding", "x-api-key",
        "api-key", "x-goog-api-key", "ocp-apim-subscription-key", "x-registry-auth", "baggage", "forwarded", "via", "x-original-url", "x-real-ip",
        "true-client-ip", "cf-connecting-ip");

    /// <summary>A header that asks to travel by its own name; null when there is none.</summary>
    public static string? Asked(IHeaderDictionary headers)
    {
        foreach (var (name, _) in headers)
        {
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>Those headers under the names they have upstream, in the order of these.</summary>
    public static ImmutableArray<KeyValuePair<string, StringValues>> Of(IHeaderDictionary headers, ClientSettings client)
    {
        List<KeyValuePair<string, StringValues>>? found = null;
        foreach (var (name, values) in headers)
        {
            if (TargetOf(name, client) is { } target)
            {
                (found ??= []).Add(new(target, values));
            }
        }

        return found is null ? [] : [.. found.OrderBy(header => header.Key, StringComparer.OrdinalIgnoreCase)];
    }

    private static string? TargetOf(string name, ClientSettings client)
    {
        var target = name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? name[Prefix.Length..]
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
