using System.Text.Json;

namespace Gateway.Providers.Contract;

/// <summary>What a dialect gets to build a provider from.</summary>
public sealed record ProviderContext
{
    /// <summary>The configured name.</summary>
    public required string Name { get; init; }

    /// <summary>What <see cref="ConfigSection.Read"/> made of the provider's own section, or null when it is absent or there is none.</summary>
    public object? Options { get; init; }

    /// <summary>Absolute path of the gateway's data directory. The provider uses a folder of its own name in it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Largest file accepted at this moment, in bytes; it may change while the provider lives.</summary>
    public required Func<long> MaxFileBytes { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>What the provider keeps with the gateway. Default: none, for a provider that keeps nothing.</summary>
    public IProviderState? State { get; init; }

    /// <summary>
    /// Tells operators in one sentence what no call tells them, such as a full disk. Never with a client's data or a secret. Default: nobody.
    /// </summary>
    public Action<string> Warn { get; init; } = static _ => { };
}

/// <summary>A section of the config file that only one dialect understands, such as <c>local_config</c>.</summary>
/// <param name="Name">Member name in the file.</param>
/// <param name="Read">
/// Reads the section strictly; throws <see cref="JsonException"/> with a path relative to the section (unknown member, wrong type) or
/// <see cref="ConfigSectionException"/> (a value out of bounds).
/// </param>
public sealed record ConfigSection(string Name, Func<JsonElement, object> Read);

/// <summary>A value in a dialect's own section cannot be used.</summary>
public sealed class ConfigSectionException(string member, string reason) : Exception($"{member}: {reason}")
{
    /// <summary>The member at fault, relative to the section, e.g. <c>max_total_size_mb</c>.</summary>
    public string Member { get; } = member;

    /// <summary>Why.</summary>
    public string Reason { get; } = reason;
}

/// <summary>One key of the config file, resolved, as a dialect sees it when it makes an account of it.</summary>
/// <param name="ProviderBaseUrl">The provider's <c>network_config.base_url</c>, or null.</param>
/// <param name="KeyBaseUrl">The key's own <c>network_config.base_url</c>, or null; wins.</param>
/// <param name="Options">
/// What <see cref="Dialect.KeySection"/> read, or null; for the account of a provider without keys, what <see cref="Dialect.Section"/> read.
/// </param>
public sealed record KeyContext(string? ProviderBaseUrl, string? KeyBaseUrl, object? Options);

/// <summary>Where a key's account lives.</summary>
/// <param name="BaseAddress">Address that request targets are appended to.</param>
/// <param name="Query">Parameters every request carries.</param>
public sealed record AccountAddress(Uri BaseAddress, IReadOnlyList<KeyValuePair<string, string>> Query)
{
    /// <summary>How it is reached when plain TCP and the system's trust do not do, or null.</summary>
    public AccountTransport? Transport { get; init; }

    /// <summary>Further addresses that requests may name; each is checked as the base address is.</summary>
    public IReadOnlyList<AccountEndpoint> Endpoints { get; init; } = [];

    /// <summary>Secrets of the key's own section. They are part of what the account is, and kept out of everything the gateway says.</summary>
    public IReadOnlyList<Secret> Secrets { get; init; } = [];
}

/// <summary>
/// A kind of provider: everything the gateway needs to know to configure one. Each folder registers one in <see cref="ProviderCatalog"/>.
/// </summary>
public sealed record Dialect
{
    /// <summary>The built-in provider name, e.g. <c>openai</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Builds a configured provider.</summary>
    public required Func<ProviderContext, IProvider> Create { get; init; }

    /// <summary>
    /// Makes the credential of an account, once for each; null for a provider without accounts (nothing leaves the gateway). An account that is
    /// configured the same after a reload keeps its own, with the tokens it holds.
    /// </summary>
    public Func<CredentialContext, ICredential>? Credential { get; init; }

    /// <summary>
    /// Turns a key into an address; throws <see cref="ConfigSectionException"/> naming the missing member. Null for a provider without accounts.
    /// </summary>
    public Func<KeyContext, AccountAddress>? Address { get; init; }

    /// <summary>
    /// False when there is nothing to authenticate with: without keys the provider then has exactly one account, named <c>default</c>, with an empty
    /// secret, at the <see cref="Address"/> made from the provider's own section. With a <see cref="KeySection"/> it takes keys all the same, one
    /// for each place it is at; their <c>value</c> means nothing. Default true.
    /// </summary>
    public bool NeedsKey { get; init; } = true;

    /// <summary>False when a key may go without <c>value</c>, since its section or the environment says who it is. Default true.</summary>
    public bool NeedsKeyValue { get; init; } = true;

    /// <summary>The provider's own config section, or null.</summary>
    public ConfigSection? Section { get; init; }

    /// <summary>
    /// The key's own config section, or null. Under the name of <see cref="Section"/> it inherits from that what it does not give: each member as a
    /// whole.
    /// </summary>
    public ConfigSection? KeySection { get; init; }

    /// <summary>
    /// True when its containers carry their owner (<see cref="Tenant"/>) where they are: a label, a row. It then answers for another tenant's
    /// container, from <see cref="Call.Tenant"/>, with the same requests and the same bytes as for one that does not exist, and its lists show the
    /// tenant's own; a lost ledger loses no owner. False where there is no place for it: the gateway then believes its ledger alone, and asks the
    /// provider for nothing that the ledger does not know as the tenant's. Default false.
    /// </summary>
    public bool KeepsTenant { get; init; }

    /// <summary>True when a custom provider may name it as <c>custom_provider_config.base_provider_type</c>.</summary>
    public bool CanBeCustomized { get; init; }
}
