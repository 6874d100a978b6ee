using System.Collections.Immutable;
using System.Security.Cryptography;
using Gateway.Redis;
using Gateway.Settings;
using StackExchange.Redis;

namespace Gateway.Limits;

/// <summary>
/// The limits of all instances together. One script takes everything a request needs, or nothing; what it says is remembered here, so that this
/// process goes on from there while Redis is away, and tells it to one that has lost its data. A quota that is used up is refused without asking.
/// <para>
/// Not the package <c>RedisRateLimiting</c>: its windows are one script each, on the clock of each instance, and it knows no going on alone.
/// </para>
/// </summary>
internal sealed class RedisLimiter(RedisConnection redis, ProcessLimiter process, RequestWindows windows, CallLeases leases) : ILimiter
{
    /// <summary>
    /// KEYS: counts of windows, then sets of calls in progress by the time their leases end. ARGV: number of windows, lease, its length in ms; for
    /// each window: most requests, length in ms, requests this instance knows of, rest of that window in ms; for each set: most calls.
    /// Returns 1, or 0 when something refused, or -n when the nth key did because of its calls; then requests and rest of each window.
    /// </summary>
    private const string Enter =
        """
        local t = redis.call('TIME')
        local now = t[1] * 1000 + math.floor(t[2] / 1000)
        local windows, verdict, states = tonumber(ARGV[1]), 1, {}
        for i = windows + 1, #KEYS do
          redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
          if redis.call('ZCARD', KEYS[i]) >= tonumber(ARGV[3 + windows * 4 + i - windows]) then verdict = -i end
        end
        for i = 1, windows do
          local a = 4 + (i - 1) * 4
          local used = tonumber(redis.call('GET', KEYS[i]) or '0')
          local rest = redis.call('PTTL', KEYS[i])
          if used == 0 or rest < 0 then
            used, rest = tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3])
            if used > 0 and rest > 0 then redis.call('SET', KEYS[i], used, 'PX', rest) else used, rest = 0, tonumber(ARGV[a + 1]) end
          end
          if verdict == 1 and used >= tonumber(ARGV[a]) then verdict = 0 end
          states[i] = { used, rest }
        end
        local answer = { verdict }
        for i = 1, windows do
          local used, rest = states[i][1], states[i][2]
          if verdict == 1 then
            if used == 0 then redis.call('SET', KEYS[i], 1, 'PX', rest) else redis.call('INCR', KEYS[i]) end
            used = used + 1
          end
          answer[#answer + 1] = used
          answer[#answer + 1] = rest
        end
        if verdict == 1 then
          for i = windows + 1, #KEYS do
            redis.call('ZADD', KEYS[i], now + tonumber(ARGV[3]), ARGV[2])
            redis.call('PEXPIRE', KEYS[i], ARGV[3])
          end
        end
        return answer
        """;

    /// <inheritdoc/>
    public async ValueTask<Admission> EnterAsync(CallerLimits limits)
    {
        var known = windows.Look(limits.Requests);
        if (known.Any(state => state.Remaining == 0))
        {
            return ProcessLimiter.Judge(known, isTaken: false);
        }

        if (!process.TryCall(limits, out var taken, out var refused))
        {
            return refused;
        }

        var lease = limits.Calls.IsEmpty ? null : Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        var answer = await redis.TryAsync(
            database => database.ScriptEvaluateAsync(Enter, Keys(limits), Arguments(limits, known, lease)), CancellationToken.None);
        var admission = (answer.Reached ? Read(limits, (long[])answer.Value!) : process.Count(limits)) with { Leases = taken };
        if (admission.Refusal is not null)
        {
            return ProcessLimiter.Return(admission);
        }

        if (lease is not null)
        {
            // Also when Redis is away: it learns of the call when it is back.
            leases.Add(lease, [.. limits.Calls.Select(quota => CallsKey(limits, quota))]);
        }

        return admission with { SharedLease = lease };
    }

    /// <inheritdoc/>
    public async ValueTask LeaveAsync(CallerLimits limits, Admission admission)
    {
        ProcessLimiter.Return(admission);
        if (admission.SharedLease is { } lease)
        {
            await leases.RemoveAsync(lease);
        }
    }

    /// <inheritdoc/>
    public void Keep(AccessSettings access) => process.Keep(access);

    private Admission Read(CallerLimits limits, long[] answer)
    {
        var states = limits.Requests.Select((quota, index) => new QuotaState(
            quota, (int)answer[1 + (index * 2)], TimeSpan.FromMilliseconds(answer[2 + (index * 2)]))).ToImmutableArray();
        windows.Learn(states);
        return answer[0] >= 0 ? ProcessLimiter.Judge(states, isTaken: answer[0] == 1)
            : new Admission(states, LimitErrors.CallLimited(limits.Calls[(int)-answer[0] - limits.Requests.Length - 1]));
    }

    private static RedisKey[] Keys(CallerLimits limits) =>
    [
        .. limits.Requests.Select(quota =>
            (RedisKey)$"gateway:limit:{{{limits.Root}}}:requests:{quota.Scope}:{(long)quota.Window.TotalMilliseconds}"),
        .. limits.Calls.Select(quota => CallsKey(limits, quota)),
    ];

    private static RedisKey CallsKey(CallerLimits limits, CallQuota quota) => $"gateway:limit:{{{limits.Root}}}:calls:{quota.Scope}";

    private static RedisValue[] Arguments(CallerLimits limits, ImmutableArray<QuotaState> known, string? lease) =>
    [
        limits.Requests.Length, lease ?? "", (long)CallLeases.Length.TotalMilliseconds,
        .. known.SelectMany(state => new RedisValue[]
        {
            state.Quota.Requests, (long)state.Quota.Window.TotalMilliseconds, state.Used, (long)state.Reset.TotalMilliseconds,
        }),
        .. limits.Calls.Select(quota => (RedisValue)quota.Calls),
    ];
}
