using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Threading.RateLimiting;
using Gateway.Settings;

namespace Gateway.Limits;

/// <summary>The limits of one process: all there is without Redis, and while that is away.</summary>
internal sealed class ProcessLimiter(RequestWindows windows) : ILimiter
{
    /// <summary>Calls in progress. Those of a changed limit end under the old one.</summary>
    private readonly ConcurrentDictionary<CallQuota, ConcurrencyLimiter> _calls = new();

    /// <inheritdoc/>
    public ValueTask<Admission> EnterAsync(CallerLimits limits)
    {
        if (!TryCall(limits, out var leases, out var refused))
        {
            return ValueTask.FromResult(refused);
        }

        var admission = Count(limits) with { Leases = leases };
        return ValueTask.FromResult(admission.Refusal is null ? admission : Return(admission));
    }

    /// <inheritdoc/>
    public ValueTask LeaveAsync(CallerLimits limits, Admission admission)
    {
        Return(admission);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Keep(AccessSettings access)
    {
        var limits = access.Keys.SelectMany(CallerLimits.Everything).ToList();
        windows.Keep(limits.SelectMany(each => each.Requests).Select(quota => quota.Key).ToHashSet());
        var calls = limits.SelectMany(each => each.Calls).ToHashSet();
        foreach (var gone in _calls.Keys.Where(quota => !calls.Contains(quota)))
        {
            _calls.TryRemove(gone, out _);
        }
    }

    /// <summary>Takes a place among the calls of each quota, or none.</summary>
    public bool TryCall(CallerLimits limits, out ImmutableArray<RateLimitLease> leases, out Admission refused)
    {
        var taken = ImmutableArray.CreateBuilder<RateLimitLease>(limits.Calls.Length);
        foreach (var quota in limits.Calls)
        {
            var lease = _calls.GetOrAdd(
                quota, static quota => new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = quota.Calls, QueueLimit = 0 }))
                .AttemptAcquire();
            taken.Add(lease);
            if (!lease.IsAcquired)
            {
                leases = [];
                refused = Return(new Admission(windows.Look(limits.Requests), LimitErrors.CallLimited(quota)) { Leases = taken.ToImmutable() });
                return false;
            }
        }

        leases = taken.ToImmutable();
        refused = Admission.Free;
        return true;
    }

    /// <summary>Takes a request of each quota, or none.</summary>
    public Admission Count(CallerLimits limits) => Judge(windows.Take(limits.Requests, out var isTaken), isTaken);

    /// <summary>What a client is told: of several that refuse, the one that does so longest.</summary>
    public static Admission Judge(ImmutableArray<QuotaState> states, bool isTaken) =>
        new(states, isTaken ? null : LimitErrors.RequestLimited(states.Where(state => state.Remaining == 0).MaxBy(state => state.Reset)));

    /// <summary>Gives its places among the calls back.</summary>
    public static Admission Return(Admission admission)
    {
        foreach (var lease in admission.Leases)
        {
            lease.Dispose();
        }

        return admission with { Leases = [] };
    }
}
