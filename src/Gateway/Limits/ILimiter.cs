using Gateway.Settings;

namespace Gateway.Limits;

/// <summary>Counts requests and calls, and refuses those beyond a limit.</summary>
internal interface ILimiter
{
    /// <summary>A request comes in: takes one of each of its quotas, or none. <see cref="LeaveAsync"/> ends what was admitted.</summary>
    ValueTask<Admission> EnterAsync(CallerLimits limits);

    /// <summary>It has been answered, to the last byte.</summary>
    ValueTask LeaveAsync(CallerLimits limits, Admission admission);

    /// <summary>Another configuration is in force: what counts for none of its keys is forgotten, all else goes on.</summary>
    void Keep(AccessSettings access);
}
