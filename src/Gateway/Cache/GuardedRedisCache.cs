using Gateway.Redis;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.StackExchangeRedis;
using Microsoft.Extensions.Options;

namespace Gateway.Cache;

/// <summary>
/// Entries in Redis, over the process's one connection and behind its circuit: an outage makes misses at once, never errors, and never a wait of more
/// than its limit.
/// </summary>
internal sealed class GuardedRedisCache(RedisConnection redis, IDistributedCache inner) : IDistributedCache
{
    /// <summary>The cache over the process's connection. Nobody disposes the inner one: it would close the connection, which others use.</summary>
    public static GuardedRedisCache Over(RedisConnection redis) => new(redis, new RedisCache(Options.Create(new RedisCacheOptions
    {
        InstanceName = "gateway:list:", ConnectionMultiplexerFactory = redis.MultiplexerAsync,
    })));

    public async Task<byte[]?> GetAsync(string key, CancellationToken token = default) =>
        (await redis.TryAsync(_ => inner.GetAsync(key, token), token)).Value;

    public async Task SetAsync(string key, byte[] value, DistributedCacheEntryOptions options, CancellationToken token = default) =>
        await redis.TryAsync(
            async _ =>
            {
                await inner.SetAsync(key, value, options, token);
                return true;
            },
            token);

    public Task RefreshAsync(string key, CancellationToken token = default) => Task.CompletedTask;

    public async Task RemoveAsync(string key, CancellationToken token = default) =>
        await redis.TryAsync(
            async _ =>
            {
                await inner.RemoveAsync(key, token);
                return true;
            },
            token);

    // HybridCache uses none of these.
    public byte[]? Get(string key) => throw new NotSupportedException();

    public void Set(string key, byte[] value, DistributedCacheEntryOptions options) => throw new NotSupportedException();

    public void Refresh(string key) => throw new NotSupportedException();

    public void Remove(string key) => throw new NotSupportedException();
}
