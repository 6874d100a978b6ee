using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Access;

/// <summary>
/// Where clients put their keys: OpenAI's and most others in <c>Authorization</c>, Bifrost's in <c>x-bf-vk</c>, Anthropic's in <c>x-api-key</c>,
/// Azure's in <c>api-key</c>, Google's in <c>x-goog-api-key</c>. Never in the query, which proxies log.
/// </summary>
internal static class PresentedKey
{
    private const string Scheme = "Bearer";

    private static readonly string[] s_places = ["Authorization", "x-bf-vk", "x-api-key", "api-key", "x-goog-api-key"];

    /// <summary>Reads the one key of a request.</summary>
    /// <param name="headers">Its headers.</param>
    /// <param name="key">The key; empty when there is none.</param>
    /// <returns>The error when two places differ: whoever looks at the other one, on the way here, sees another caller.</returns>
    public static GatewayError? Read(IHeaderDictionary headers, out ReadOnlySpan<char> key)
    {
        key = default;
        string? found = null;
        foreach (var place in s_places)
        {
            if (!headers.TryGetValue(place, out var values) || values.Count == 0)
            {
                continue;
            }

            if (values.Count > 1)
            {
                return AccessErrors.Contradicting(place, place);
            }

            var value = values.ToString().AsSpan().Trim();
            value = place == s_places[0] ? OfAuthorization(value) : value;
            if (value.IsEmpty)
            {
                continue;
            }

            if (found is not null && !value.SequenceEqual(key))
            {
                return AccessErrors.Contradicting(found, place);
            }

            key = value;
            found = place;
        }

        return null;
    }

    /// <summary>What stands in each of the places, empty where there is nothing; unverified.</summary>
    public static string[] Everything(IHeaderDictionary headers) => [.. s_places.Select(place => headers[place].ToString())];

    /// <summary>The credential of <c>Bearer</c> (RFC 6750 §2.1), or a bare key; credentials of other schemes are somebody else's.</summary>
    private static ReadOnlySpan<char> OfAuthorization(ReadOnlySpan<char> value) =>
        value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && (value.Length == Scheme.Length || value[Scheme.Length] is ' ' or '\t')
            ? value[Scheme.Length..].Trim()
        : value.StartsWith(KeyDigest.Prefix, StringComparison.OrdinalIgnoreCase) ? value
        : default;
}
