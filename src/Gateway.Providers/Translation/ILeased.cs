namespace Gateway.Providers.Translation;

/// <summary>
/// A container whose idle time the gateway watches because its provider does not. The last use is noted where every instance can read it.
/// </summary>
internal interface ILeased
{
    /// <summary>What tells it from any other, past and future.</summary>
    string Key { get; }

    /// <summary>Unix milliseconds.</summary>
    long CreatedMs { get; }

    /// <summary>Its idle time.</summary>
    long IdleMinutes { get; }

    /// <summary>False while its create is still under way, or was broken off: nobody has been told of it.</summary>
    bool WasStarted { get; }

    /// <summary>The last use noted, Unix milliseconds, or null when there is none.</summary>
    ValueTask<long?> ReadUseAsync(CancellationToken cancellationToken);

    /// <summary>Notes a use.</summary>
    ValueTask NoteUseAsync(long nowMs, CancellationToken cancellationToken);

    /// <summary>Removes it; twice is like once.</summary>
    ValueTask RemoveAsync(CancellationToken cancellationToken);
}
