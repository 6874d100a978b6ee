using System.Collections.Immutable;
using Gateway.Redis;
using StackExchange.Redis;

namespace Gateway.Ledger;

/// <summary>
/// Entries in Redis, shared by every gateway instance: a hash for each id with a field for each provider, and a sorted set of ids by creation time
/// for each account. No command names two keys, so any Cluster can hold them. The hash decides; a member of a set that disagrees with it is removed
/// when met.
/// </summary>
internal sealed class RedisLedgerStore(RedisConnection redis, TimeProvider time) : ILedgerStore
{
    private const int ChunkSize = 200;
    private const int MaxMembers = 100_000;
    private const int FirstLook = 8;
    private const int MaxLooks = 6;

    // A change that waited longer than this may meet a newer one of another instance.
    private static readonly long s_lateMs = (long)TimeSpan.FromSeconds(1).TotalMilliseconds;

    private int _writes;

    /// <inheritdoc/>
    public TimeSpan RewriteAfter => TimeSpan.FromMinutes(10);

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public void WhenRenewed(Action callback) => redis.WhenHealed(callback);

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<LedgerRow>> ReadAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        // Sent together, one command a key: a cluster has them on different nodes.
        var answer = await redis.TryAsync(
            database => Task.WhenAll(ids.Select(id => database.HashGetAllAsync(RedisLedgerFormat.EntryKey(id)))), cancellationToken);
        return answer.Reached ? [.. ids.Zip(answer.Value!, RedisLedgerFormat.Read).SelectMany(rows => rows)] : default;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> AdoptAsync(Adoption adoption, CancellationToken cancellationToken) =>
        (await redis.TryAsync(database => RedisAdoptions.WriteAsync(database, adoption, NowMs), cancellationToken)).Reached;

    /// <inheritdoc/>
    public async ValueTask<AdoptedContainers?> AdoptedAsync(string? known, CancellationToken cancellationToken) =>
        (await redis.TryAsync(database => RedisAdoptions.ReadAsync(database, known), cancellationToken)).Value;

    /// <inheritdoc/>
    public async ValueTask<(bool Reached, LedgerRow? Row)> NearestAsync(LedgerPosition position, CancellationToken cancellationToken)
    {
        var index = RedisLedgerFormat.IndexKey(position.Provider, position.Account);
        var now = NowMs;

        // Members that lead nowhere are removed on the way, so that even a long run of them is walked only once.
        for (var look = 0; look < MaxLooks; look++)
        {
            var take = FirstLook << look;
            var answer = await redis.TryAsync(database => LookAsync(database, index, position, take), cancellationToken);
            if (!answer.Reached)
            {
                return (false, null);
            }

            LedgerRow? nearest = null;
            var stale = new List<SortedSetEntry>();
            foreach (var (member, score, row) in answer.Value!)
            {
                if (row is not null && row.IsKnown(now) && row.Entry.CreatedAt == (long)score && position.IsAfter(row.Entry))
                {
                    nearest = row;
                    break;
                }

                stale.Add(new SortedSetEntry(member, score));
            }

            if (stale.Count > 0)
            {
                await redis.TryAsync(database => RemoveAsync(database, index, stale), cancellationToken);
            }

            if (nearest is not null || answer.Value!.Length < take)
            {
                return (true, nearest);
            }
        }

        return (true, null);
    }

    /// <inheritdoc/>
    public async Task<int> WriteAsync(IReadOnlyList<LedgerChange> changes)
    {
        var written = 0;
        foreach (var chunk in changes.Chunk(ChunkSize))
        {
            var now = NowMs;
            var answer = await redis.TryAsync(
                async database =>
                {
                    await Task.WhenAll(chunk.Select(change => WriteOneAsync(database, change, now)));
                    return true;
                },
                CancellationToken.None);
            if (!answer.Reached)
            {
                break;
            }

            written += chunk.Length;
        }

        return written;
    }

    /// <inheritdoc/>
    public ValueTask PruneAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static async Task<(RedisValue Member, double Score, LedgerRow? Row)[]> LookAsync(
        IDatabase database, RedisKey index, LedgerPosition position, int take)
    {
        var members = await database.SortedSetRangeByScoreWithScoresAsync(
            index,
            position.Descending ? position.CreatedAt : double.NegativeInfinity,
            position.Descending ? double.PositiveInfinity : position.CreatedAt,
            Exclude.Both,
            position.Descending ? Order.Ascending : Order.Descending,
            take: take);
        return await Task.WhenAll(members.Select(async member =>
        {
            return (member.Element, member.Score, await ReadAsync(database, member.Element!, position.Provider));
        }));
    }

    private static async Task<LedgerRow?> ReadAsync(IDatabase database, string id, string provider)
    {
        var values = await database.HashGetAsync(RedisLedgerFormat.EntryKey(id), [provider, RedisLedgerFormat.OwnerField(provider)]);
        return RedisLedgerFormat.Read(id, provider, values[0], values[1]);
    }

    // Not those that another instance places anew in this moment.
    private static Task<bool> RemoveAsync(IDatabase database, RedisKey index, List<SortedSetEntry> stale)
    {
        var transaction = database.CreateTransaction();
        foreach (var entry in stale)
        {
            transaction.AddCondition(Condition.SortedSetEqual(index, entry.Element, entry.Score));
        }

        _ = transaction.SortedSetRemoveAsync(index, [.. stale.Select(entry => entry.Element)]);
        return transaction.ExecuteAsync();
    }

    private async Task WriteOneAsync(IDatabase database, LedgerChange change, long nowMs)
    {
        try
        {
            await WriteAsync(database, change, nowMs);
        }
        catch (RedisServerException foreign) when (foreign.Message.StartsWith("WRONGTYPE", StringComparison.Ordinal))
        {
            // Someone else's value under our key: this one entry stays unknown rather than holding up all others for good.
        }
    }

    private async Task WriteAsync(IDatabase database, LedgerChange change, long nowMs)
    {
        var key = RedisLedgerFormat.EntryKey(change.Id);
        var row = change.Row;
        if (row?.Entry is { Tenant: { } tenant, Deleted: false })
        {
            // Also where the rest is older than what is there: only the create knows it.
            await OwnAsync(database, key, change, tenant);
        }

        if (row is null || change.AtMs < nowMs - s_lateMs)
        {
            var stored = await ReadAsync(database, change.Id, change.Provider);
            if (stored?.TouchedAtMs > change.AtMs || change.Apply(stored) is not { } later || later == stored)
            {
                return;
            }

            row = later;
        }

        // One round trip; only a tombstone needs a second one, since it may be the last of its key.
        var entry = row.Entry;
        var set = database.HashSetAsync(key, change.Provider, RedisLedgerFormat.Write(row));
        var expire = entry.Deleted ? BuryAsync(database, key, entry) : database.KeyExpireAsync(key, LedgerRow.Retention);
        await Task.WhenAll(set, expire, entry.CreatedAt > 0 ? IndexAsync(database, entry) : Task.CompletedTask);
    }

    /// <summary>Sets the owner, unless there is one of what lives.</summary>
    private static async Task OwnAsync(IDatabase database, RedisKey key, LedgerChange change, string tenant)
    {
        var field = RedisLedgerFormat.OwnerField(change.Provider);
        if (!await database.HashSetAsync(key, field, tenant, When.NotExists)
            && await ReadAsync(database, change.Id, change.Provider) is { Entry.Deleted: true })
        {
            await database.HashSetAsync(key, field, tenant);
        }
    }

    private static async Task BuryAsync(IDatabase database, RedisKey key, LedgerEntry entry)
    {
        await database.HashDeleteAsync(RedisLedgerFormat.AdoptedKey, RedisLedgerFormat.AdoptedField(entry.Provider, entry.Id));
        var fields = await database.HashLengthAsync(key) - (entry.Tenant is null ? 0 : 1);
        await database.KeyExpireAsync(key, fields <= 1 ? LedgerRow.TombstoneRetention : LedgerRow.Retention);
    }

    private async Task IndexAsync(IDatabase database, LedgerEntry entry)
    {
        var index = RedisLedgerFormat.IndexKey(entry.Provider, entry.Account);
        await Task.WhenAll(
            database.SortedSetAddAsync(index, entry.Id, entry.CreatedAt),
            database.KeyExpireAsync(index, LedgerRow.Retention),
            Interlocked.Increment(ref _writes) % 256 == 0 ? database.SortedSetRemoveRangeByRankAsync(index, 0, -MaxMembers - 1) : Task.CompletedTask);
    }
}
