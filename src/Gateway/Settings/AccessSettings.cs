using System.Collections.Frozen;
using System.Collections.Immutable;
using Gateway.Providers.Contract;

namespace Gateway.Settings;

/// <summary>Who may call: <c>governance</c>, and what <c>client</c> says of keys.</summary>
internal sealed record AccessSettings
{
    /// <summary>The tenant of callers without a key where keys are known and not asked for.</summary>
    public static readonly Tenant AnonymousTenant = new("anonymous");

    /// <summary>Every client key, those that may not be used included. Empty (the default) where none is configured.</summary>
    public ImmutableArray<ClientKey> Keys { get; init; } = [];

    /// <summary>Callers that an identity provider vouches for; null (the default) for none.</summary>
    public JwtSettings? Jwt { get; init; }

    /// <summary>Whether a call needs a key once there are keys. Default true; false only where the file says so.</summary>
    public bool IsEnforced { get; init; } = true;

    /// <summary>Whether a gateway without keys may be reached from other machines. Default false.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>Headers without which no call is answered; empty by default.</summary>
    public ImmutableArray<string> RequiredHeaders { get; init; } = [];

    /// <summary>Paths beside the API that need no key, exact or with a trailing <c>*</c>; empty by default.</summary>
    public ImmutableArray<string> WhitelistedRoutes { get; init; } = [];

    /// <summary>What `doctor` says of keys: the key's name, and what is wrong with it.</summary>
    public ImmutableArray<(string Key, string Problem)> Problems { get; init; } = [];

    /// <summary>Whether nobody is asked who he is: nothing is anybody's.</summary>
    public bool IsOpen => Keys.IsEmpty && Jwt is null;
}

/// <summary>A client key.</summary>
internal sealed record ClientKey
{
    /// <summary>Its configured id, unique.</summary>
    public required string Id { get; init; }

    /// <summary>Its configured name, unique: what logs and metrics call it.</summary>
    public required string Name { get; init; }

    /// <summary>The hash of its value; null when what its value refers to is not there, so that nobody can present it.</summary>
    public required KeyDigest? Digest { get; init; }

    /// <summary>Whether it may be used.</summary>
    public bool IsActive { get; init; } = true;

    /// <summary>From when on it may not be used any more; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Whose containers it sees and makes.</summary>
    public required Tenant Tenant { get; init; }

    /// <summary>What it may do.</summary>
    public required ClientRights Rights { get; init; }

    /// <summary>Its team, or null.</summary>
    public ClientGroup? Team { get; init; }

    /// <summary>Its customer, or its team's; or null.</summary>
    public ClientGroup? Customer { get; init; }

    /// <summary>Its own request rate, or null.</summary>
    public RateLimit? RateLimit { get; init; }
}

/// <summary>A team or customer.</summary>
/// <param name="Id">The configured id.</param>
/// <param name="Name">The configured name, the id by default.</param>
/// <param name="RateLimit">Request rate of all its keys together, or null.</param>
/// <param name="MaxConcurrentCalls">Calls of all its keys together at a time, or null.</param>
internal sealed record ClientGroup(string Id, string Name, RateLimit? RateLimit, int? MaxConcurrentCalls = null);

/// <summary>A request rate.</summary>
/// <param name="Id">The configured id.</param>
/// <param name="Requests">Most requests in a window, at least 1.</param>
/// <param name="Window">Length of the window, a second to a year.</param>
internal sealed record RateLimit(string Id, int Requests, TimeSpan Window);

/// <summary>What a caller may do beside seeing its containers.</summary>
internal sealed record ClientRights
{
    /// <summary>Everything: whoever calls a gateway that knows no keys.</summary>
    public static readonly ClientRights All = new() { AllowPinning = true, AllowForwardedHeaders = true };

    /// <summary>Providers it may use; null for all.</summary>
    public FrozenDictionary<string, ProviderRights>? Providers { get; init; }

    /// <summary>Types that <c>network_policy</c> of its creates must have one of; null for any, or none.</summary>
    public FrozenSet<string>? NetworkPolicies { get; init; }

    /// <summary>Upper bounds.</summary>
    public ClientLimits Limits { get; init; } = ClientLimits.None;

    /// <summary>Whether it may name the account that answers, and is told which one did.</summary>
    public bool AllowPinning { get; init; }

    /// <summary>Whether its <c>x-bf-eh-*</c> headers travel upstream.</summary>
    public bool AllowForwardedHeaders { get; init; }

    /// <summary>Whether it may use this provider, configured or not.</summary>
    public bool Allows(string provider) => Providers is null || Providers.ContainsKey(provider);
}

/// <summary>What a caller may do at one provider.</summary>
/// <param name="Accounts">Ids or names of the accounts it may use; null for all.</param>
/// <param name="RateLimit">Its request rate there, or null.</param>
internal sealed record ProviderRights(FrozenSet<string>? Accounts, RateLimit? RateLimit)
{
    /// <summary>Whether it may use this account.</summary>
    public bool Allows(Account account) => Accounts is null || Accounts.Contains(account.Id) || Accounts.Contains(account.Name);
}

/// <summary>Upper bounds of a tenant's containers and calls; null where there is none.</summary>
internal sealed record ClientLimits
{
    /// <summary>No bound.</summary>
    public static readonly ClientLimits None = new();

    /// <summary>Memory of a container, in GiB: 1, 4, 16 or 64.</summary>
    public int? MaxMemoryGib { get; init; }

    /// <summary>Idle time of a container, in minutes.</summary>
    public int? MaxExpiresAfterMinutes { get; init; }

    /// <summary>Size of a file, in bytes.</summary>
    public long? MaxFileBytes { get; init; }

    /// <summary>Calls of the key at a time; its team's are bounded beside it.</summary>
    public int? MaxConcurrentCalls { get; init; }
}
