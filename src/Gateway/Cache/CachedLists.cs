using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Telemetry;
using Microsoft.Extensions.Caching.Hybrid;

namespace Gateway.Cache;

/// <summary>
/// Lists out of the cache, and into it. An entry's name holds the question and the epochs of everything the answer depends on; a write renews those
/// before it is answered (<see cref="ListScopes"/>), so whoever asks after that asks under another name.
/// </summary>
internal sealed class CachedLists(HybridCache cache, IEpochStore epochs, StaleLists last, GatewayMetrics metrics, TimeProvider time)
{
    private const HybridCacheEntryFlags NoReads = HybridCacheEntryFlags.DisableLocalCacheRead | HybridCacheEntryFlags.DisableDistributedCacheRead;

    private const int IdLength = 16;

    private readonly RecentCacheKeys _recentKeys = new();

    /// <summary>Answers a list call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="exchange">Its log book; gets the status, and the attempts if the provider was asked.</param>
    /// <param name="ask">Asks the provider.</param>
    public async ValueTask<Reply> RunAsync(Call call, Exchange exchange, AskForList ask)
    {
        var directives = exchange.Directives.Cache;
        if (_recentKeys.Of(call, exchange) is not { } cacheKey)
        {
            return await ask(exchange);
        }

        if (directives.NoStore || exchange.EchoRequest || exchange.EchoResponse)
        {
            return await PassAsync(CacheStatus.Bypass, exchange, ask);
        }

        if (await epochs.ReadAsync(cacheKey.Scopes, exchange.Aborted) is not { } reading)
        {
            return last.InsteadOf(await PassAsync(CacheStatus.Error, exchange, ask), cacheKey, exchange, directives.Ttl ?? cacheKey.Ttl);
        }

        var ttl = directives.Ttl ?? cacheKey.Ttl;
        var lookup = new Lookup(
            cacheKey.KeyUnder(reading.Text), cacheKey, ttl, directives.MaxAge < ttl ? directives.MaxAge.Value : ttl, reading.TrustedSince);
        var (reply, list) = directives.Refresh
            ? await RefreshAsync(lookup, exchange, ask)
            : await LookUpAsync(lookup, exchange, ask);
        if (list is null)
        {
            return last.InsteadOf(reply, cacheKey, exchange, ttl);
        }

        last.Keep(cacheKey, list, exchange, ttl);
        return reply;
    }

    /// <summary>Carries out a write, and makes every list unreachable that it may have changed, however it ends, before it is answered.</summary>
    /// <param name="call">The write.</param>
    /// <param name="exchange">Its log book.</param>
    /// <param name="write">Carries it out.</param>
    /// <remarks>Also where this instance caches nothing: another one, which shares the store, may.</remarks>
    public async ValueTask<Reply> InvalidatingAsync(Call call, Exchange exchange, Func<ValueTask<Reply>> write)
    {
        Reply? reply = null;
        try
        {
            return reply = await write();
        }
        finally
        {
            if (ListScopes.MayHaveChanged(reply))
            {
                await epochs.BumpAsync(ListScopes.InvalidatedBy(call, exchange.Settings));
            }
        }
    }

    private async ValueTask<Reply> PassAsync(string result, Exchange exchange, AskForList ask)
    {
        metrics.Cache(result);
        exchange.Cache = new CacheStatus(result);
        return await ask(exchange);
    }

    /// <summary>A fresh answer for this call, which later ones get, too. It is not shared with a load that began before the call.</summary>
    private async ValueTask<(Reply Reply, CachedList? List)> RefreshAsync(Lookup lookup, Exchange exchange, AskForList ask)
    {
        var reply = await PassAsync(CacheStatus.Bypass, exchange, ask);
        if (exchange.Missing.Count > 0 || CachedList.Of(reply, exchange.Operation!, time.GetUtcNow()) is not { } list)
        {
            return (reply, null);
        }

        await cache.SetAsync(lookup.Key, list, Options(lookup), cancellationToken: exchange.Aborted);
        exchange.Cache = StatusOf(lookup, list, CacheStatus.Bypass);
        return (list.ToReply(), list);
    }

    private async ValueTask<(Reply Reply, CachedList? List)> LookUpAsync(Lookup lookup, Exchange exchange, AskForList ask)
    {
        var load = new ListLoad(exchange, ask, metrics, time);
        try
        {
            var list = await cache.GetOrCreateAsync(
                lookup.Key, load, static (load, token) => load.RunAsync(token), Options(lookup), cancellationToken: exchange.Aborted);
            if (load.Fork is null && !list.IsFresh(time.GetUtcNow(), lookup.MaxAge, lookup.TrustedSince))
            {
                // Kept for longer than this call accepts, or about to be wrong by itself. Those who find out together load together.
                list = await cache.GetOrCreateAsync(
                    lookup.Key, load, static (load, token) => load.RunAsync(token), Options(lookup, NoReads), cancellationToken: exchange.Aborted);
            }

            Note(load, exchange, StatusOf(lookup, list, load.Fork is null ? CacheStatus.Hit : CacheStatus.Miss));
            return (list.ToReply(), list);
        }
        catch (NotKeptException notKept)
        {
            Note(load, exchange, new CacheStatus(load.Fork is null ? CacheStatus.Hit : CacheStatus.Miss));
            exchange.Missing = notKept.Missing;
            return (notKept.Reply, null);
        }
    }

    private void Note(ListLoad load, Exchange exchange, CacheStatus status)
    {
        exchange.Cache = status;
        if (load.Fork is { } fork)
        {
            exchange.Note(fork);
            exchange.Adopt(fork);
        }
        else
        {
            metrics.Cache(CacheStatus.Hit);
        }
    }

    private CacheStatus StatusOf(Lookup lookup, CachedList list, string result)
    {
        var age = time.GetUtcNow() - list.LoadedAt;
        var life = list.TrueUntil == DateTimeOffset.MaxValue ? lookup.Ttl : list.TrueUntil - list.LoadedAt;
        return new CacheStatus(result)
        {
            Id = lookup.Key[..IdLength],
            Age = age > TimeSpan.Zero ? age : TimeSpan.Zero,
            Ttl = life < lookup.Ttl ? life : lookup.Ttl,
        };
    }

    private static HybridCacheEntryOptions Options(Lookup lookup, HybridCacheEntryFlags flags = HybridCacheEntryFlags.None) => new()
    {
        Expiration = lookup.Ttl,
        LocalCacheExpiration = lookup.Ttl,
        Flags = lookup.Question.IsShared ? flags : flags | HybridCacheEntryFlags.DisableDistributedCache,
    };

    /// <summary>A question on its way to an answer.</summary>
    /// <param name="Key">Name of the entry.</param>
    /// <param name="Question">The question.</param>
    /// <param name="Ttl">How long the answer is kept.</param>
    /// <param name="MaxAge">How old it may be for this call.</param>
    /// <param name="TrustedSince">What was loaded before is not used.</param>
    private sealed record Lookup(string Key, ListCacheKey Question, TimeSpan Ttl, TimeSpan MaxAge, DateTimeOffset TrustedSince);
}
