using System.Text.Json;
using System.Text.Json.Serialization;

namespace Gateway.Settings;

/// <summary><c>governance</c>, in Bifrost's vocabulary: who may call, and as whom.</summary>
internal sealed record GovernanceDocument
{
    /// <summary>Client keys.</summary>
    public VirtualKeyDocument[] VirtualKeys { get; set; } = [];

    /// <summary>Groups of keys that share their containers.</summary>
    public TeamDocument[] Teams { get; set; } = [];

    /// <summary>Groups of keys and teams.</summary>
    public CustomerDocument[] Customers { get; set; } = [];

    /// <summary>Request rates that keys, teams and customers refer to.</summary>
    public RateLimitDocument[] RateLimits { get; set; } = [];

    /// <summary>Bifrost's passwords; see <see cref="AuthConfigDocument"/>.</summary>
    public AuthConfigDocument? AuthConfig { get; set; }

    /// <summary>Bifrost's other members; see <see cref="IgnoredMembers"/>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary><c>governance.virtual_keys[]</c>.</summary>
internal sealed record VirtualKeyDocument : RightsDocument
{
    /// <summary>What the key's containers are kept under when it has neither team nor customer; its name by default.</summary>
    public string? Id { get; set; }

    /// <summary>What logs, metrics and `/explain` call it.</summary>
    public string? Name { get; set; }

    /// <summary>For people; not read.</summary>
    public string? Description { get; set; }

    /// <summary>What clients present: usually a reference.</summary>
    public string? Value { get; set; }

    /// <summary>Whether it may be used; true by default.</summary>
    public bool IsActive { get; set; } = true;

    /// <summary>From when on it may not be used, in RFC 3339.</summary>
    public string? ExpiresAt { get; set; }

    /// <summary>Its team. Not together with <see cref="CustomerId"/>.</summary>
    public string? TeamId { get; set; }

    /// <summary>Its customer. Not together with <see cref="TeamId"/>.</summary>
    public string? CustomerId { get; set; }

    /// <summary>Its request rate.</summary>
    public string? RateLimitId { get; set; }

    /// <summary>Providers it may use.</summary>
    public ProviderConfigDocument[] ProviderConfigs { get; set; } = [];

    /// <summary>Bifrost's other members; see <see cref="IgnoredMembers"/>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>What keys, teams and tokens say about what may be done. Where a key and its team both say something the key's counts.</summary>
internal abstract record RightsDocument
{
    /// <summary>Upper bounds of what it makes.</summary>
    public LimitsDocument? Limits { get; set; }

    /// <summary>Types that <c>network_policy</c> of a create may have; absent for any, also none.</summary>
    public string[]? NetworkPolicies { get; set; }

    /// <summary><c>own</c> or <c>all</c>.</summary>
    public string? Containers { get; set; }

    /// <summary>Whether <c>x-bf-eh-*</c> is obeyed; false by default.</summary>
    public bool? AllowForwardedHeaders { get; set; }

    /// <summary>Whether <c>x-bf-api-key</c> and <c>x-bf-api-key-id</c> are obeyed; false by default.</summary>
    public bool? AllowPinning { get; set; }
}

/// <summary><c>governance.virtual_keys[].provider_configs[]</c>.</summary>
internal sealed record ProviderConfigDocument
{
    /// <summary>Name of a configured provider, or <c>*</c>.</summary>
    public string? Provider { get; set; }

    /// <summary>Ids or names of its keys that may be used; absent or <c>*</c> for all.</summary>
    public string[]? KeyIds { get; set; }

    /// <summary>Request rate of the client key at this provider.</summary>
    public string? RateLimitId { get; set; }

    /// <summary>Bifrost's other members; see <see cref="IgnoredMembers"/>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary><c>limits</c>.</summary>
internal sealed record LimitsDocument
{
    /// <summary>Containers of a tenant.</summary>
    [Number(1, 1_000_000, "containers")]
    public int? MaxContainers { get; set; }

    /// <summary><c>1g</c>, <c>4g</c>, <c>16g</c> or <c>64g</c>.</summary>
    public string? MaxMemoryLimit { get; set; }

    /// <summary>Idle time of a container, up to 30 days.</summary>
    [Number(1, 43_200, "minutes")]
    public int? MaxExpiresAfterMinutes { get; set; }

    /// <summary>Up to 100 GiB.</summary>
    [Number(1, 102_400, "MB")]
    public int? MaxFileSizeMb { get; set; }

    /// <summary>Size of a tenant's files together, up to 100 TiB.</summary>
    [Number(1, 104_857_600, "MB")]
    public int? MaxTotalSizeMb { get; set; }

    /// <summary>Calls at a time: a key's count its own, a team's those of all its keys.</summary>
    [Number(1, 1_000_000, "calls")]
    public int? MaxConcurrentCalls { get; set; }
}

/// <summary><c>governance.teams[]</c>.</summary>
internal sealed record TeamDocument : RightsDocument
{
    /// <summary>What its containers are kept under.</summary>
    public string? Id { get; set; }

    /// <summary>What logs and metrics call it; the id by default.</summary>
    public string? Name { get; set; }

    /// <summary>Its customer.</summary>
    public string? CustomerId { get; set; }

    /// <summary>Its request rate, all keys together.</summary>
    public string? RateLimitId { get; set; }

    /// <summary>Bifrost's other members; see <see cref="IgnoredMembers"/>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary><c>governance.customers[]</c>.</summary>
internal sealed record CustomerDocument
{
    /// <summary>What containers of its keys without a team are kept under.</summary>
    public string? Id { get; set; }

    /// <summary>What logs call it; the id by default.</summary>
    public string? Name { get; set; }

    /// <summary>Its request rate, all keys and teams together.</summary>
    public string? RateLimitId { get; set; }

    /// <summary>Bifrost's other members; see <see cref="IgnoredMembers"/>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary><c>governance.rate_limits[]</c>.</summary>
internal sealed record RateLimitDocument
{
    /// <summary>What keys, teams and customers refer to.</summary>
    public string? Id { get; set; }

    /// <summary>Requests in a window.</summary>
    [Number(1, 1_000_000_000, "requests")]
    public int? RequestMaxLimit { get; set; }

    /// <summary>Length of the window, as a Go duration or in <c>d</c>, <c>w</c>, <c>M</c>, <c>Y</c>.</summary>
    public string? RequestResetDuration { get; set; }

    /// <summary>Bifrost's other members; see <see cref="IgnoredMembers"/>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}

/// <summary>Bifrost's <c>auth_config</c>: passwords for its pages, and, unless switched off for them, for calls.</summary>
internal sealed record AuthConfigDocument
{
    /// <summary>Whether passwords are asked for.</summary>
    public bool IsEnabled { get; set; }

    /// <summary>Whether calls are exempt.</summary>
    public bool DisableAuthOnInference { get; set; }

    /// <summary>Bifrost's other members; see <see cref="IgnoredMembers"/>.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }
}
