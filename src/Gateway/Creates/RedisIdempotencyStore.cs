using System.Collections.Concurrent;
using Gateway.Providers.Contract;
using Gateway.Redis;
using StackExchange.Redis;

namespace Gateway.Creates;

/// <summary>
/// Keys in Redis, so that several instances make one container: a key is set, if it is not there, before anything is sent, for the length of a lease
/// that its instance renews while the create runs. An instance that crashes loses it by time. Every step compares, so that no claim ends another's.
/// Each claim is in the process first, which is all there is while Redis is away; what was not written then is written with the next renewal or at
/// the end.
/// </summary>
internal sealed class RedisIdempotencyStore(RedisConnection redis, ProcessIdempotencyStore process, TimeProvider time) : IIdempotencyStore
{
    /// <summary>How long a claim outlives its instance.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_renewal = Lease / 3;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    /// <summary>Sets a value in the place of ours, or of none: a Redis that lost its data learns it again.</summary>
    private const string Replace =
        """
        local known = redis.call('GET', KEYS[1])
        if known == false or known == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1 end
        return 0
        """;

    private const string Remove =
        """
        if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
        return 0
        """;

    /// <summary>Of claims whose creates run here.</summary>
    private readonly ConcurrentDictionary<IdempotencyClaim.Won, (CancellationTokenSource Stop, Task Work)> _renewals = new();

    /// <inheritdoc/>
    public async ValueTask<IdempotencyClaim> ClaimAsync(Digest key, Digest request, string? tenant = null)
    {
        var here = process.Claim(key, request, tenant);
        if (here is not IdempotencyClaim.Won claim)
        {
            return here;
        }

        IdempotencyClaim answer = IdempotencyClaim.Reused.Instance;
        try
        {
            return answer = await ElsewhereAsync(claim) ?? Renewed(claim);
        }
        finally
        {
            if (answer != claim)
            {
                await process.ReleaseAsync(claim, null);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask CompleteAsync(IdempotencyClaim.Won claim, Reply reply, KeptResult result)
    {
        var isWritten = false;
        try
        {
            await StopRenewingAsync(claim);
            isWritten = (await ReplaceAsync(claim, IdempotencyFormat.Write(claim, result), IdempotentCreates.KeptFor)).Value;
        }
        finally
        {
            process.Complete(claim, reply, result, isWritten);
        }
    }

    /// <inheritdoc/>
    public async ValueTask ReleaseAsync(IdempotencyClaim.Won claim, Reply? reply)
    {
        try
        {
            await StopRenewingAsync(claim);
            await redis.TryAsync(
                database => database.ScriptEvaluateAsync(Remove, [IdempotencyFormat.KeyOf(claim.Key)], [IdempotencyFormat.Write(claim, null)]),
                CancellationToken.None);
        }
        finally
        {
            await process.ReleaseAsync(claim, reply);
        }
    }

    /// <summary>Null when the claim holds, in Redis or, while that is away, here alone; else what Redis says.</summary>
    private async ValueTask<IdempotencyClaim?> ElsewhereAsync(IdempotencyClaim.Won claim)
    {
        var key = IdempotencyFormat.KeyOf(claim.Key);
        while (true)
        {
            var set = await redis.TryAsync(
                database => database.StringSetAsync(key, IdempotencyFormat.Write(claim, null), Lease, When.NotExists), CancellationToken.None);
            if (set is { Reached: false } or { Value: true })
            {
                return null;
            }

            var known = await redis.TryAsync(database => database.StringGetAsync(key, CommandFlags.DemandMaster), CancellationToken.None);
            if (!known.Reached)
            {
                // Somebody had it a moment ago.
                return new IdempotencyClaim.Running(token => ChangeAsync(key, null, token));
            }

            if (IdempotencyFormat.Read(known.Value) is { } entry)
            {
                return entry.Request != claim.Request ? IdempotencyClaim.Reused.Instance
                    : entry.Result is { } result ? new IdempotencyClaim.Finished(result)
                    : new IdempotencyClaim.Running(token => ChangeAsync(key, known.Value, token));
            }

            if (!known.Value.IsNull)
            {
                // Somebody else's value under our key, or one of another version: the process alone decides.
                return null;
            }
        }
    }

    /// <summary>Waits until a key has another value; while Redis is away, which may hide that its create runs, it waits on.</summary>
    private async Task<Reply?> ChangeAsync(RedisKey key, RedisValue? value, CancellationToken cancellationToken)
    {
        RedisResult<RedisValue> known;
        do
        {
            await Task.Delay(s_look, time, cancellationToken);
            known = await redis.TryAsync(database => database.StringGetAsync(key, CommandFlags.DemandMaster), cancellationToken);
        }
        while (!known.Reached || (value is { } old && known.Value == old));

        return null;
    }

    private IdempotencyClaim.Won Renewed(IdempotencyClaim.Won claim)
    {
        var stop = new CancellationTokenSource();
        _renewals[claim] = (stop, BumpAsync(claim, stop.Token));
        return claim;
    }

    private async Task BumpAsync(IdempotencyClaim.Won claim, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(s_renewal, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                await ReplaceAsync(claim, IdempotencyFormat.Write(claim, null), Lease);
            }
        }
        catch (OperationCanceledException)
        {
            // The create has ended.
        }
    }

    /// <summary>Afterwards none is under way, which could set again what the end of the claim removes.</summary>
    private async ValueTask StopRenewingAsync(IdempotencyClaim.Won claim)
    {
        if (_renewals.TryRemove(claim, out var renewal))
        {
            await renewal.Stop.CancelAsync();
            await renewal.Work;
            renewal.Stop.Dispose();
        }
    }

    private ValueTask<RedisResult<bool>> ReplaceAsync(IdempotencyClaim.Won claim, RedisValue value, TimeSpan life) => redis.TryAsync(
        async database => (int)await database.ScriptEvaluateAsync(
            Replace, [IdempotencyFormat.KeyOf(claim.Key)], [IdempotencyFormat.Write(claim, null), value, (long)life.TotalMilliseconds]) == 1,
        CancellationToken.None);
}
