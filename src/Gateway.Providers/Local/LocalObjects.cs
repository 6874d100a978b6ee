using Gateway.Providers.Translation;

namespace Gateway.Providers.Local;

/// <summary>A container as it is at one moment.</summary>
internal sealed record LocalContainer
{
    /// <summary>Position in the order of creation; never given twice.</summary>
    public required long Seq { get; init; }

    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public required long LastActiveMs { get; init; }

    public required long IdleMinutes { get; init; }

    public required string MemoryLimit { get; init; }

    /// <summary>JSON object without secrets, or null.</summary>
    public string? NetworkPolicy { get; init; }

    /// <summary>JSON object, or null.</summary>
    public string? Metadata { get; init; }

    public required bool Expired { get; init; }

    /// <summary>The id of the tenant whose it is; null for nobody's.</summary>
    public string? Owner { get; init; }

    /// <summary>Length of the idle expiry in milliseconds.</summary>
    public long IdleMs => IdleMinutes * 60_000;

    /// <summary>What its row counts in the quota.</summary>
    public long Room => LocalRoom.Of(Name, NetworkPolicy, Metadata);

    /// <summary>What clients see of it.</summary>
    public TranslatedContainer View => new()
    {
        Id = Id,
        Name = Name,
        CreatedAt = CreatedAt,
        Status = Expired ? "expired" : "running",
        LastActiveAt = LastActiveMs / 1000,
        IdleMinutes = IdleMinutes,
        MemoryLimit = MemoryLimit,
        NetworkPolicy = NetworkPolicy,
        Metadata = Metadata,
    };
}

/// <summary>A file of a container.</summary>
internal sealed record LocalFile
{
    /// <summary>Position in the order of creation; 0 until it is stored.</summary>
    public long Seq { get; init; }

    public required string Id { get; init; }

    public required long ContainerSeq { get; init; }

    public required string ContainerId { get; init; }

    public required string Path { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }

    public required string ContentType { get; init; }

    /// <summary>SHA-256 of the bytes, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Name of the bytes below <c>files/</c>.</summary>
    public required string Blob { get; init; }

    /// <summary>What clients see of it.</summary>
    public TranslatedFile View => new()
    {
        Id = Id, ContainerId = ContainerId, Path = Path, Bytes = Bytes, CreatedAt = CreatedAt, Source = "user",
    };
}

/// <summary>Bytes on disk that no row points to any more.</summary>
/// <param name="Name">Name below <c>files/</c>.</param>
/// <param name="Room">What they and their row counted, to be given back to the quota.</param>
internal sealed record LocalBlob(string Name, long Room);
