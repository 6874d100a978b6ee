namespace Gateway.Providers.Contract;

/// <summary>A provider that keeps files on the gateway's own disk, so that operators see it fill.</summary>
public interface IUsesDisk
{
    /// <summary>Now. Cheap; asked at each scrape, from any thread.</summary>
    DiskUse Disk { get; }
}

/// <summary>Disk taken and allowed.</summary>
/// <param name="UsedBytes">Bytes of all files, those on their way in included.</param>
/// <param name="LimitBytes">Bytes they may take together.</param>
public readonly record struct DiskUse(long UsedBytes, long LimitBytes);
