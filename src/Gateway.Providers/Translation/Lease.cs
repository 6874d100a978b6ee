namespace Gateway.Providers.Translation;

/// <summary>Where a container is in its idle time.</summary>
internal enum LeaseState
{
    /// <summary>It may be used, and each use starts the time again.</summary>
    Alive,

    /// <summary>It may no longer be used.</summary>
    Expired,

    /// <summary>It may no longer be used, and no use that began in time can still be going to note itself.</summary>
    Removable,
}

/// <summary>
/// The rule every instance of the gateway follows, so that none removes what another still uses. All decide on the same fact, the last use noted in
/// the container. A use is noted at most every <see cref="Throttle"/>; <see cref="Grace"/> makes up for those that were not. Past that nobody may
/// use the container again, and only after another <see cref="Margin"/>, in which notes under way arrive and clocks may differ, it is removed.
/// </summary>
internal static class Lease
{
    /// <summary>Shortest time between two notes, in milliseconds.</summary>
    public const long Throttle = 15_000;

    /// <summary>Time given on top of the idle time, in milliseconds.</summary>
    public const long Grace = Throttle;

    /// <summary>Time between the last possible use and the removal, in milliseconds.</summary>
    public const long Margin = 60_000;

    /// <summary>Where a container is.</summary>
    /// <param name="lastUseMs">The noted use, Unix milliseconds.</param>
    /// <param name="idleMinutes">Its idle time.</param>
    /// <param name="nowMs">Now, Unix milliseconds.</param>
    public static LeaseState At(long lastUseMs, long idleMinutes, long nowMs)
    {
        var over = nowMs - lastUseMs - (idleMinutes * 60_000) - Grace;
        return over <= 0 ? LeaseState.Alive : over <= Margin ? LeaseState.Expired : LeaseState.Removable;
    }
}
