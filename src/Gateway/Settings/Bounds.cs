namespace Gateway.Settings;

/// <summary>Bounds of a number in the config file, both included. The schema repeats them; a test keeps the two together.</summary>
/// <param name="Min">Smallest.</param>
/// <param name="Max">Largest.</param>
/// <param name="Unit">What is counted, for messages.</param>
internal sealed record Bounds(int Min, int Max, string Unit)
{
    /// <summary>Every time limit. An hour is beyond any honest upstream, and zero would fail every call.</summary>
    public static readonly Bounds Timeout = new(1, 3600, "seconds");

    /// <summary>The pause between not ready and no longer listening.</summary>
    public static readonly Bounds Pause = new(0, 300, "seconds");

    /// <summary>Repetitions. More than ten turn an outage into a flood.</summary>
    public static readonly Bounds Retries = new(0, 10, "repetitions");

    /// <summary>Waits between repetitions.</summary>
    public static readonly Bounds Backoff = new(1, 60_000, "milliseconds");

    /// <summary>Sizes of bodies and files, up to 100 GiB.</summary>
    public static readonly Bounds Size = new(1, 102_400, "MB");

    /// <summary>Time to receive one body, up to a day.</summary>
    public static readonly Bounds UploadDuration = new(1, 86_400, "seconds");

    /// <summary>Slowest rate of a body.</summary>
    public static readonly Bounds UploadRate = new(1, 1_000_000_000, "bytes per second");

    /// <summary>How long a list may be served from the cache, up to a day.</summary>
    public static readonly Bounds Ttl = new(1, 86_400, "seconds");

    /// <summary>
    /// How long a file list may be served from the cache: a minute at most, since listing files is the use that keeps a container alive.
    /// </summary>
    public static readonly Bounds FileListTtl = new(1, 60, "seconds");

    /// <summary>How long the last good list may stand in for a failing provider, up to a day.</summary>
    public static readonly Bounds Stale = new(0, 86_400, "seconds");

    /// <summary>Memory of cached lists.</summary>
    public static readonly Bounds CacheSize = new(1, 65_536, "MB");

    /// <summary>Number of cached lists.</summary>
    public static readonly Bounds CacheEntries = new(100, 10_000_000, "lists");

    /// <summary>Waits for Redis. Less is noise of the network, more than five seconds is no cache any longer.</summary>
    public static readonly Bounds RedisTimeout = new(10, 5_000, "milliseconds");

    /// <summary>Connections per upstream host; Bifrost's cap.</summary>
    public static readonly Bounds Connections = new(1, 10_000, "connections");

    /// <summary>Requests in a window.</summary>
    public static readonly Bounds RateOfRequests = new(1, 1_000_000_000, "requests");

    /// <summary>Containers of a tenant.</summary>
    public static readonly Bounds Containers = new(1, 1_000_000, "containers");

    /// <summary>Idle time of a container, up to 30 days.</summary>
    public static readonly Bounds ExpiresAfter = new(1, 43_200, "minutes");

    /// <summary>Size of a tenant's files together, up to 100 TiB.</summary>
    public static readonly Bounds TotalSize = new(1, 104_857_600, "MB");

    /// <summary>Calls of a tenant at a time.</summary>
    public static readonly Bounds ConcurrentCalls = new(1, 1_000_000, "calls");

    /// <inheritdoc/>
    public override string ToString() => $"{Min} to {Max} {Unit}";
}
