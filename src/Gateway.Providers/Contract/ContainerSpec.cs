using System.Collections.Immutable;

namespace Gateway.Providers.Contract;

/// <summary>Idle expiry as the client asked for it.</summary>
/// <param name="Anchor">The anchor, in practice <c>last_active_at</c>.</param>
/// <param name="Minutes">Minutes after the anchor.</param>
public sealed record ExpiresAfter(string Anchor, long Minutes);

/// <summary>
/// The known members of a create request, checked for type but not for meaning: which memory limits or minutes exist is for the provider to say.
/// </summary>
public sealed record ContainerSpec
{
    /// <summary>Display name, not empty, not unique.</summary>
    public required string Name { get; init; }

    /// <summary>Idle expiry, or null for the provider's default.</summary>
    public ExpiresAfter? ExpiresAfter { get; init; }

    /// <summary>Files to copy in at creation.</summary>
    public ImmutableArray<string> FileIds { get; init; } = [];

    /// <summary>Memory asked for, e.g. <c>4g</c>, or null.</summary>
    public string? MemoryLimit { get; init; }

    /// <summary>The caller's own pairs, in order.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Metadata { get; init; } = [];

    /// <summary>The JSON of the <c>network_policy</c> object, or null. May hold <c>domain_secrets</c>: never log or echo it.</summary>
    public ReadOnlyMemory<byte>? NetworkPolicy { get; init; }

    /// <summary>The JSON of the <c>skills</c> array, or null. May be nearly all of a large body.</summary>
    public ReadOnlyMemory<byte>? Skills { get; init; }
}
