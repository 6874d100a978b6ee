using System.Collections.Concurrent;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Upstream;

namespace Gateway.Cache;

/// <summary>
/// Questions asked lately, by the words they were asked in: those who ask again and again ask in the same words, and building a question costs a hit as
/// much as looking its answer up.
/// </summary>
internal sealed class RecentCacheKeys
{
    private const int MaxQuestions = 1024;
    private const int MaxQuery = 512;

    private readonly ConcurrentDictionary<(string Revision, Operation Operation, string Provider, string? Container, string? Query), ListCacheKey> _recentKeys = new();

    /// <summary>As <see cref="ListCacheKey.Of"/>.</summary>
    public ListCacheKey? Of(Call call, GatewaySettings settings, HttpContext http)
    {
        var headers = HeaderRules.OfAnswer(http.Request.Headers, settings.Client);
        var query = http.Request.QueryString.Value;
        if (headers.Length > 0 || query?.Length > MaxQuery)
        {
            return ListCacheKey.Of(call, settings, headers);
        }

        var words = (settings.Revision, call.Operation, call.Provider, call.Container?.Value, query);
        if (_recentKeys.TryGetValue(words, out var known))
        {
            return known;
        }

        if (ListCacheKey.Of(call, settings, headers) is not { } cacheKey)
        {
            return null;
        }

        if (_recentKeys.Count >= MaxQuestions)
        {
            _recentKeys.Clear();
        }

        _recentKeys[words] = cacheKey;
        return cacheKey;
    }
}
