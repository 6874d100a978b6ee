using System.Collections.Immutable;
using System.Threading.RateLimiting;
using Gateway.Providers.Contract;

namespace Gateway.Limits;

/// <summary>How far a quota is used.</summary>
/// <param name="Quota">The quota.</param>
/// <param name="Used">Requests in the running window, the one asked about included unless it was refused.</param>
/// <param name="Reset">Time until the window ends.</param>
internal readonly record struct QuotaState(RequestQuota Quota, int Used, TimeSpan Reset)
{
    /// <summary>Requests that are left in this window.</summary>
    public int Remaining => Math.Max(0, Quota.Requests - Used);
}

/// <summary>What the limits say of a request.</summary>
/// <param name="States">How far its quotas are used.</param>
/// <param name="Refusal">Why it is refused; null when it may go on.</param>
internal sealed record Admission(ImmutableArray<QuotaState> States, GatewayError? Refusal)
{
    /// <summary>Nothing limits it.</summary>
    public static readonly Admission Free = new([], null);

    /// <summary>Its places among the calls of this process.</summary>
    public ImmutableArray<RateLimitLease> Leases { get; init; } = [];

    /// <summary>What its places among the calls of all instances are known by; null when it has none.</summary>
    public string? SharedLease { get; init; }
}
