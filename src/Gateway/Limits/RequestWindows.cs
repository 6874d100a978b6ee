using System.Collections.Immutable;

namespace Gateway.Limits;

/// <summary>
/// Requests of this process, in windows. The framework's <c>FixedWindowRateLimiter</c> has a clock of its own, does not say when its window ends, and
/// cannot take from several at once or not at all; its counts would start anew with each edit of a number.
/// </summary>
internal sealed class RequestWindows(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Scope, TimeSpan Window), Count> _counts = [];

    /// <summary>Counts that are kept.</summary>
    public int Kept
    {
        get
        {
            lock (_lock)
            {
                return _counts.Count;
            }
        }
    }

    /// <summary>Takes one request of each quota, or of none when one of them has none left.</summary>
    public ImmutableArray<QuotaState> Take(ImmutableArray<RequestQuota> quotas, out bool isTaken)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            isTaken = quotas.All(quota => StateOf(quota, now).Remaining > 0);
            if (isTaken)
            {
                foreach (var quota in quotas)
                {
                    var (used, since) = Running(quota, now);
                    _counts[quota.Key] = new Count(used + 1, since);
                }
            }

            return [.. quotas.Select(quota => StateOf(quota, now))];
        }
    }

    /// <summary>How far the quotas are used.</summary>
    public ImmutableArray<QuotaState> Look(ImmutableArray<RequestQuota> quotas)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            return [.. quotas.Select(quota => StateOf(quota, now))];
        }
    }

    /// <summary>Takes over what all instances together have used.</summary>
    public void Learn(ImmutableArray<QuotaState> states)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            foreach (var state in states)
            {
                var since = now - (long)((state.Quota.Window - state.Reset).TotalSeconds * time.TimestampFrequency);
                var running = Running(state.Quota, now);

                // Answers overtake each other: of one window the highest count is the latest.
                var isSame = time.GetElapsedTime(Math.Min(since, running.Since), Math.Max(since, running.Since)) < state.Quota.Window / 2;
                _counts[state.Quota.Key] = new Count(isSame ? Math.Max(state.Used, running.Used) : state.Used, since);
            }
        }
    }

    /// <summary>Forgets all but these.</summary>
    public void Keep(IReadOnlySet<(string Scope, TimeSpan Window)> quotas)
    {
        lock (_lock)
        {
            foreach (var gone in _counts.Keys.Where(key => !quotas.Contains(key)).ToList())
            {
                _counts.Remove(gone);
            }
        }
    }

    private QuotaState StateOf(RequestQuota quota, long now)
    {
        var (used, since) = Running(quota, now);
        return new QuotaState(quota, used, quota.Window - time.GetElapsedTime(since, now));
    }

    /// <summary>The window that runs; one that would begin now when none does.</summary>
    private Count Running(RequestQuota quota, long now) =>
        _counts.TryGetValue(quota.Key, out var count) && time.GetElapsedTime(count.Since, now) < quota.Window ? count : new Count(0, now);

    private readonly record struct Count(int Used, long Since);
}
