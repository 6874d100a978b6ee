using System.Collections.Immutable;

namespace Gateway.Sqlite;

/// <summary>Where a database is, what is in it, and how it is used.</summary>
public sealed record SqliteOptions
{
    /// <summary>The file. It and its directory are the gateway's own: others may not look into them.</summary>
    public required string Path { get; init; }

    /// <summary>What leads from each version of the schema (<c>user_version</c>) to the next, beginning with an empty file.</summary>
    public required ImmutableArray<string> Migrations { get; init; }

    /// <summary>How long the lock of another process is waited for; at most a second longer.</summary>
    public required TimeSpan LockTimeout { get; init; }

    /// <summary>
    /// Whether what is committed survives a power failure, for a flush of the disk each time. Otherwise the last commits may be lost, but no more.
    /// </summary>
    public required bool IsDurable { get; init; }
}
