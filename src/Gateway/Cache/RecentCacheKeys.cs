using System.Collections.Concurrent;
using Gateway.Pipeline;
using Gateway.Providers.Contract;

namespace Gateway.Cache;

/// <summary>
/// Questions asked lately, by the words they were asked in: those who ask again and again ask in the same words, and building a question costs a hit
/// as much as looking its answer up.
/// </summary>
internal sealed class RecentCacheKeys
{
    private const int MaxQuestions = 1024;
    private const int MaxQuery = 512;

    private readonly ConcurrentDictionary<
        (string Revision, Operation Operation, string Provider, string? Container, string Query), ListCacheKey> _recentKeys = new();

    /// <summary>As <see cref="ListCacheKey.Of"/>.</summary>
    public ListCacheKey? Of(Call call, Exchange exchange)
    {
        var (settings, directives) = (exchange.Settings, exchange.Directives);
        if (directives is not { Pin: null, Forwarded.IsEmpty: true, QueryText.Length: <= MaxQuery })
        {
            return ListCacheKey.Of(call, settings, directives);
        }

        var words = (settings.Revision, call.Operation, call.Provider, call.Container?.Value, directives.QueryText);
        if (_recentKeys.TryGetValue(words, out var known))
        {
            return known;
        }

        if (ListCacheKey.Of(call, settings, directives) is not { } cacheKey)
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
