using System.Collections.Concurrent;
using Gateway.Pipeline;
using Gateway.Providers.Contract;

namespace Gateway.Cache;

/// <summary>
/// Keys of the lists asked for lately: those who ask again and again ask the same, and building a key costs a hit as much as looking its answer up.
/// </summary>
internal sealed class RecentCacheKeys
{
    private const int MaxKeys = 4096;

    /// <summary>Longest text of a page that is remembered, in characters.</summary>
    private const int MaxText = 256;

    private readonly ConcurrentDictionary<
        (string Revision, string? Scope, Operation Operation, string Provider, string? Container, PageQuery Page), ListCacheKey> _recentKeys = new();

    /// <summary>As <see cref="ListCacheKey.Of"/>.</summary>
    public ListCacheKey? Of(Call call, Exchange exchange)
    {
        var (settings, directives) = (exchange.Settings, exchange.Directives);
        if (directives.ShapesAnswer || !call.Query.IsEmpty || call.Page.Name?.Length > MaxText || call.Page.After?.Length > MaxText)
        {
            return ListCacheKey.Of(call, settings, directives);
        }

        var asked = (settings.Revision, directives.Caller.ListScope, call.Operation, call.Provider, call.Container?.Value, call.Page);
        if (_recentKeys.TryGetValue(asked, out var known))
        {
            return known;
        }

        if (ListCacheKey.Of(call, settings, directives) is not { } cacheKey)
        {
            return null;
        }

        if (_recentKeys.Count >= MaxKeys)
        {
            _recentKeys.Clear();
        }

        _recentKeys[asked] = cacheKey;
        return cacheKey;
    }
}
