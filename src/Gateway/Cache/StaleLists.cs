using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Microsoft.Extensions.Caching.Memory;

namespace Gateway.Cache;

/// <summary>
/// The last good answer to each question, whatever was written since: for the time a provider fails, where the configuration wants that
/// (<c>cache.stale_if_error_seconds</c>, RFC 5861 §4). In this process only, within the memory of the cache.
/// </summary>
internal sealed class StaleLists(IMemoryCache memory, TimeProvider time)
{
    /// <summary>Keeps a good answer, unless a younger one is kept.</summary>
    public void Keep(ListCacheKey cacheKey, CachedList list, Exchange exchange, TimeSpan ttl)
    {
        var limit = exchange.Settings.Cache.StaleIfError;
        if (limit == TimeSpan.Zero)
        {
            return;
        }

        var key = KeyOf(cacheKey);
        if (!memory.TryGetValue(key, out CachedList? known) || known!.LoadedAt < list.LoadedAt)
        {
            memory.Set(key, list, new MemoryCacheEntryOptions { AbsoluteExpirationRelativeToNow = ttl + limit, Size = list.Body.Length });
        }
    }

    /// <summary>What to answer when the provider failed: the last good answer, marked, or else the failure.</summary>
    public Reply InsteadOf(Reply reply, ListCacheKey cacheKey, Exchange exchange, TimeSpan ttl)
    {
        var limit = exchange.Settings.Cache.StaleIfError;
        if (limit == TimeSpan.Zero
            || reply is not Reply.Failed { Error.Kind: ErrorKind.Upstream or ErrorKind.Unreachable or ErrorKind.Deadline or ErrorKind.Quota }
            || !memory.TryGetValue(KeyOf(cacheKey), out CachedList? list) || time.GetUtcNow() - list!.LoadedAt is var age && age > ttl + limit)
        {
            return reply;
        }

        exchange.Cache = (exchange.Cache ?? new CacheStatus(CacheStatus.Miss)) with
        {
            Id = KeyOf(cacheKey).Item2[..16], Age = age, Ttl = ttl, IsStale = true,
        };
        return list.ToReply();
    }

    private static (Type, string) KeyOf(ListCacheKey cacheKey) => (typeof(StaleLists), cacheKey.KeyUnder(""));
}
