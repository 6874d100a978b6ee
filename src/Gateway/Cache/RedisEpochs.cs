using System.Collections.Immutable;
using System.Security.Cryptography;
using Gateway.Redis;
using StackExchange.Redis;

namespace Gateway.Cache;

/// <summary>
/// The values in Redis, which instances share: random, so that one that was lost (eviction, a flush, a restart) comes back as another one.
/// <para>
/// While Redis is away nothing is read, so every list goes to its provider. What could not be renewed then is renewed as soon as it is back, and
/// every instance waits for the others to do so: for <see cref="_settle"/> after an outage it reads nothing, and what was loaded before is not
/// trusted any more. That also covers a Redis that comes back with older data.
/// </para>
/// </summary>
internal sealed class RedisEpochs : IEpochStore, IAsyncDisposable
{
    /// <summary>Values live longer than any entry named after them; an expired one only costs a load.</summary>
    private static readonly TimeSpan s_life = CacheDirectives.MaxTtl + CacheDirectives.MaxTtl;

    private readonly RedisConnection _redis;
    private readonly PendingInvalidations _overdue;
    private readonly TimeProvider _time;

    /// <summary>
    /// Others may lag: it takes them up to a second to connect again and twice the limit until that has failed, half a second until they probe, a
    /// limit for the answer and another for the renewal. A second is spare. 3.5 s by default.
    /// </summary>
    private readonly TimeSpan _settle;

    private long _settledAtTicks = DateTimeOffset.MinValue.UtcTicks;

    public RedisEpochs(RedisConnection redis, TimeProvider time)
    {
        _redis = redis;
        _time = time;
        _settle = TimeSpan.FromSeconds(2.5) + (4 * redis.Limit);
        _overdue = new PendingInvalidations(
            async scopes => (await redis.TryAsync(database => StoreAsync(database, scopes), CancellationToken.None)).Reached, time);
        redis.WhenLost(() => Interlocked.Exchange(ref _settledAtTicks, DateTimeOffset.MaxValue.UtcTicks));
        redis.WhenHealed(Settle);
    }

    public bool IsAvailable => _redis.IsHealthy;

    public async ValueTask<EpochReading?> ReadAsync(ImmutableArray<string> scopes, CancellationToken cancellationToken)
    {
        var trustedSince = new DateTimeOffset(Interlocked.Read(ref _settledAtTicks), TimeSpan.Zero);
        if (_time.GetUtcNow() < trustedSince || _overdue.Contains(scopes))
        {
            return null;
        }

        var (reached, values) = await _redis.TryAsync(database => ReadAsync(database, scopes), cancellationToken);
        return reached ? new EpochReading(string.Join(',', values!), trustedSince) : null;
    }

    public async ValueTask BumpAsync(ImmutableArray<string> scopes)
    {
        if (scopes.IsEmpty)
        {
            return;
        }

        // Also during an outage, which may be one of this instance only.
        if (await _redis.InsistAsync(database => StoreAsync(database, scopes), CancellationToken.None) is { Reached: false })
        {
            _overdue.Add(scopes);
        }
    }

    public ValueTask DisposeAsync() => _overdue.DisposeAsync();

    private static RedisKey Key(string scope) => "gateway:epoch:" + scope;

    private static string Fresh() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    // One command a key, sent together: a cluster has them on different nodes.
    private static Task<string[]> ReadAsync(IDatabase database, ImmutableArray<string> scopes) =>
        Task.WhenAll(scopes.Select(scope => ReadAsync(database, Key(scope))));

    private static async Task<string> ReadAsync(IDatabase database, RedisKey key)
    {
        while (true)
        {
            // Never of a replica, which may be behind; a client library takes one when the primary is away.
            if (await database.StringGetAsync(key, CommandFlags.DemandMaster) is { IsNull: false } known)
            {
                return known!;
            }

            var fresh = Fresh();
            if (await database.StringSetAsync(key, fresh, s_life, When.NotExists))
            {
                return fresh;
            }
        }
    }

    private static Task<bool[]> StoreAsync(IDatabase database, ImmutableArray<string> scopes) =>
        Task.WhenAll(scopes.Select(scope => database.StringSetAsync(Key(scope), Fresh(), s_life)));

    private void Settle()
    {
        Interlocked.Exchange(ref _settledAtTicks, (_time.GetUtcNow() + _settle).UtcTicks);
        _overdue.Wake();
    }
}
