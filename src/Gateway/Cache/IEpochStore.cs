using System.Collections.Immutable;

namespace Gateway.Cache;

/// <summary>What is known of scopes at a moment.</summary>
/// <param name="Text">Changes whenever one of the scopes is renewed.</param>
/// <param name="TrustedSince">Entries loaded earlier may have missed a write; the beginning of time when none can.</param>
internal readonly record struct EpochReading(string Text, DateTimeOffset TrustedSince);

/// <summary>
/// A random or counted value for each scope, which a write renews. Entries carry the values they were loaded under in their names, so that a renewal
/// makes them unreachable, and a load that began before it stores under a name that nobody asks for.
/// </summary>
internal interface IEpochStore
{
    /// <summary>Whether the values can be read.</summary>
    bool IsAvailable { get; }

    /// <summary>The values of these scopes; null when they cannot be read, or a renewal of one of them is not stored yet.</summary>
    ValueTask<EpochReading?> ReadAsync(ImmutableArray<string> scopes, CancellationToken cancellationToken);

    /// <summary>Gives these scopes new values. Ends when they are stored or, when they cannot be, noted to be stored later.</summary>
    ValueTask BumpAsync(ImmutableArray<string> scopes);
}
