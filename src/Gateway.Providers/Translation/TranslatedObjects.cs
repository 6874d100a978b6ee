namespace Gateway.Providers.Translation;

/// <summary>A container as clients see it.</summary>
internal sealed record TranslatedContainer
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }

    /// <summary><c>running</c> or <c>expired</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Unix seconds, or null when nobody knows.</summary>
    public long? LastActiveAt { get; init; }

    public required long IdleMinutes { get; init; }

    public required string MemoryLimit { get; init; }

    /// <summary>JSON object without secrets, or null.</summary>
    public string? NetworkPolicy { get; init; }

    /// <summary>JSON object, or null.</summary>
    public string? Metadata { get; init; }
}

/// <summary>A file of a container as clients see it.</summary>
internal sealed record TranslatedFile
{
    public required string Id { get; init; }

    public required string ContainerId { get; init; }

    public required string Path { get; init; }

    public required long Bytes { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long CreatedAt { get; init; }

    /// <summary><c>user</c> when a client put it there, <c>assistant</c> when a process did.</summary>
    public required string Source { get; init; }
}

/// <summary>One page of a list.</summary>
internal sealed record TranslatedPage<T>(IReadOnlyList<T> Items, bool HasMore);
