namespace Gateway.Providers.Contract;

/// <summary>A provider that keeps files on the gateway's own disk, so that operators see it fill.</summary>
public interface IUsesDisk
{
    /// <summary>Now. Cheap; asked at each scrape, from any thread.</summary>
    DiskUse Disk { get; }
}

/// <summary>Disk taken and allowed.</summary>
/// <param name="UsedBytes">Bytes of all files, those that have arrived of uploads included, and what is kept about them.</param>
/// <param name="LimitBytes">Bytes they may take together.</param>
/// <param name="IsFull">Whether the disk itself has no room, so that nothing new is taken.</param>
public readonly record struct DiskUse(long UsedBytes, long LimitBytes, bool IsFull);
