using System.Collections.Immutable;

namespace Gateway.Providers.Contract;

/// <summary>
/// Secrets an account came by while it ran, such as access tokens. Whoever obtains one adds it before it is sent anywhere; from then on it is taken
/// out of what the provider answers. Safe for any number of threads.
/// </summary>
public sealed class LearnedSecrets
{
    /// <summary>Newest secrets kept; a token is replaced when it ends, and one that ended long ago opens nothing.</summary>
    private const int Kept = 8;

    private ImmutableArray<Secret> _all = [];

    /// <summary>Those known now, oldest first; another array after each change.</summary>
    public ImmutableArray<Secret> All => _all;

    /// <summary>Adds one; nothing happens when it is known.</summary>
    public void Add(Secret secret) => ImmutableInterlocked.Update(
        ref _all,
        static (all, secret) => all.Contains(secret) ? all : [.. all.Skip(all.Length - Kept + 1), secret],
        secret);
}
