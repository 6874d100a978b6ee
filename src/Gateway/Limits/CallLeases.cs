using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gateway.Redis;
using StackExchange.Redis;

namespace Gateway.Limits;

/// <summary>
/// Calls of this instance that count in Redis, each for the length of a lease that is renewed while it runs: what an instance that crashed had in
/// progress is free again after that.
/// </summary>
internal sealed class CallLeases(RedisConnection redis, TimeProvider time) : IAsyncDisposable
{
    /// <summary>How long a call outlives its instance.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(30);

    private const string Renew =
        """
        local t = redis.call('TIME')
        local ends = t[1] * 1000 + math.floor(t[2] / 1000) + tonumber(ARGV[1])
        for i = 2, #ARGV do redis.call('ZADD', KEYS[1], ends, ARGV[i]) end
        redis.call('PEXPIRE', KEYS[1], ARGV[1])
        return 1
        """;

    /// <summary>Leases renewed by one script; it holds up everything else in Redis while it runs.</summary>
    private const int MostAtOnce = 500;

    private readonly ConcurrentDictionary<string, ImmutableArray<RedisKey>> _held = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new();
    private Task? _renewing;

    /// <summary>Renews a call from now on.</summary>
    public void Add(string lease, ImmutableArray<RedisKey> keys)
    {
        _held[lease] = keys;
        if (_renewing is null)
        {
            lock (_lock)
            {
                _renewing ??= RenewAsync();
            }
        }
    }

    /// <summary>The call has ended.</summary>
    public async ValueTask RemoveAsync(string lease)
    {
        if (_held.TryRemove(lease, out var keys))
        {
            await ForgetAsync(lease, keys);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        if (_renewing is { } renewing)
        {
            await renewing;
        }

        _closing.Dispose();
    }

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(Length / 3, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_closing.Token))
            {
                var byKey = _held.SelectMany(call => call.Value.Select(key => (Key: key, Lease: call.Key))).GroupBy(each => each.Key);
                foreach (var batch in byKey.SelectMany(calls => calls.Chunk(MostAtOnce)))
                {
                    await RenewAsync(batch[0].Key, [.. batch.Select(each => each.Lease)]);
                }
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The process ends, and its calls have.
        }
    }

    private async Task RenewAsync(RedisKey key, string[] leases)
    {
        RedisValue[] arguments = [(long)Length.TotalMilliseconds, .. leases.Select(lease => (RedisValue)lease)];
        await redis.TryAsync(database => database.ScriptEvaluateAsync(Renew, [key], arguments), _closing.Token);
        foreach (var ended in leases.Where(lease => !_held.ContainsKey(lease)))
        {
            // Its end may have been told before this renewal.
            await ForgetAsync(ended, [key]);
        }
    }

    private async ValueTask ForgetAsync(string lease, ImmutableArray<RedisKey> keys) => await redis.TryAsync(
        database => Task.WhenAll(keys.Select(key => database.SortedSetRemoveAsync(key, lease))), CancellationToken.None);
}
