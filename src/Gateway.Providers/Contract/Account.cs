using System.Collections.Immutable;

namespace Gateway.Providers.Contract;

/// <summary>A provider's base address with the credential to use there; a destination in YARP's words.</summary>
public sealed record Account
{
    /// <summary>The key's configured name: what operators see in logs, metrics and <c>routing_info.key</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Stable id of the key; the configured one, else the name.</summary>
    public required string Id { get; init; }

    /// <summary>Address that request targets are appended to.</summary>
    public required Uri BaseAddress
    {
        get;
        init
        {
            field = value;
            Prefix = value.GetLeftPart(UriPartial.Path).TrimEnd('/');
        }
    }

    /// <summary>Text of <see cref="BaseAddress"/> without a trailing slash: request targets are appended to it.</summary>
    public string Prefix { get; private init; } = "";

    /// <summary>Where it is, for people: the socket of an account that has one, else <see cref="Prefix"/>.</summary>
    public string Place => Transport?.UnixSocketPath is { } path ? "unix://" + path : Prefix;

    /// <summary>Addresses besides <see cref="BaseAddress"/> that requests may name. Nothing else is ever sent to.</summary>
    public ImmutableArray<AccountEndpoint> Endpoints { get; init; } = [];

    /// <summary>The key's value; empty where there is none.</summary>
    public Secret Secret { get; init; } = Secret.None;

    /// <summary>Secrets of the key's own section, such as the second half of a key pair.</summary>
    public ImmutableArray<Secret> FurtherSecrets { get; init; } = [];

    /// <summary>What its credential scheme obtained while running, such as access tokens.</summary>
    public LearnedSecrets Learned { get; init; } = new();

    /// <summary>What the dialect read from the key's own section, else from the provider's; null when there is neither.</summary>
    public object? Options { get; init; }

    /// <summary>How it is reached when plain TCP and the system's trust do not do, or null.</summary>
    public AccountTransport? Transport { get; init; }

    /// <summary>Share of creates relative to the other accounts' weights; 0 takes none unless pinned. Default 1.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Query parameters every request to this account carries, e.g. Azure's <c>api-version</c>.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Query { get; init; } = [];

    /// <summary>Text that the target of a request is appended to.</summary>
    /// <param name="endpoint">Where it goes; null for the base address.</param>
    /// <exception cref="InvalidOperationException">The account has no such endpoint: a defect of the dialect.</exception>
    public string PrefixFor(UpstreamEndpoint? endpoint) => endpoint is null ? Prefix
        : (Endpoints.FirstOrDefault(known => known.Name == endpoint.Name)
            ?? throw new InvalidOperationException($"The account {Name} has no endpoint {endpoint.Name}.")).PrefixFor(endpoint);
}
