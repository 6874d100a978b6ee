using System.Buffers.Binary;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Cache;

/// <summary>
/// What a write can change, as names: the containers of a provider, the files of a container. A list depends on one or more of them, a write touches
/// one or more.
/// </summary>
internal static class ListScopes
{
    private const int FileScopes = 4096;
    private const int TenantScopes = 65_536;

    private static readonly ConditionalWeakTable<GatewaySettings, FrozenDictionary<string, ImmutableArray<string>>> s_neighbours = [];

    /// <summary>
    /// What the answer to a list depends on. A tenant's depends on its own writes and on those of callers who see all, so that another tenant's write
    /// does not show in how long it takes; the answer of one who sees all depends on everybody's.
    /// </summary>
    public static ImmutableArray<string> Of(Call call, ImmutableArray<ProviderSettings> providers)
    {
        var owner = call.Tenant.OnlyOwner();
        return call.Container is { } container
            ? owner is null ? [FilesOf(container)] : [FilesOf(container, owner), ByAll(FilesOf(container))]
            : owner is null
                ? ImmutableArray.CreateRange(providers, provider => ContainersOf(provider.Name))
                : [.. providers.SelectMany(provider => (string[])[ContainersOf(provider.Name, owner), ByAll(ContainersOf(provider.Name))])];
    }

    /// <summary>What a write may have changed; nothing for reads.</summary>
    public static ImmutableArray<string> InvalidatedBy(Call call, GatewaySettings settings)
    {
        if (call.Operation.Effect != Effect.Write)
        {
            return [];
        }

        var scopes = ImmutableArray.CreateBuilder<string>();
        if (call.Container is { } container)
        {
            Add(FilesOf(container), owner => FilesOf(container, owner));
        }

        if (call.Operation == Operation.ContainerCreate || call.Operation == Operation.ContainerDelete)
        {
            foreach (var name in Neighbours(settings).GetValueOrDefault(call.Provider, []))
            {
                Add(ContainersOf(name), owner => ContainersOf(name, owner));
            }
        }

        return scopes.DrainToImmutable();

        void Add(string all, Func<string, string> ofOwner)
        {
            scopes.Add(all);
            if (call.Tenant is { } tenant)
            {
                scopes.Add(tenant.SeesAll ? ByAll(all) : ofOwner(tenant.Id));
            }
        }
    }

    /// <summary>Every list of containers, whoever asks: what was given to a tenant is not known of the one it was taken from.</summary>
    public static ImmutableArray<string> AllOf(GatewaySettings settings) =>
        [.. settings.Providers.Keys.SelectMany(name => (string[])[ContainersOf(name), ByAll(ContainersOf(name))])];

    /// <summary>
    /// Whether a write that ended so may have changed something. Only an answer that says no, or a request that was never sent, is sure.
    /// </summary>
    public static bool MayHaveChanged(Reply? reply) => reply is not Reply.Failed
    {
        Error.Kind: ErrorKind.Caller or ErrorKind.Denied or ErrorKind.Credential or ErrorKind.Permission or ErrorKind.Quota or ErrorKind.Unreachable,
    };

    private static string ContainersOf(string provider) => "containers:" + provider;

    /// <summary>The part of a scope that callers change who see all.</summary>
    private static string ByAll(string scope) => scope + ":*";

    /// <summary>The part that a tenant changes. Their number is bounded, since tokens may name any number of tenants.</summary>
    private static string ContainersOf(string provider, string owner) =>
        string.Create(CultureInfo.InvariantCulture, $"{ContainersOf(provider)}:{Bucket(owner) % TenantScopes}");

    private static string FilesOf(ContainerId container, string owner) =>
        string.Create(CultureInfo.InvariantCulture, $"files-of:{Bucket($"{owner}\n{container}") % FileScopes}");

    /// <summary>
    /// Containers share a bounded number of scopes, so that whatever remembers scopes is bounded, too. Those that share one lose entries to each
    /// other's writes, nothing else. The same in every process.
    /// </summary>
    private static string FilesOf(ContainerId container) =>
        string.Create(CultureInfo.InvariantCulture, $"files:{Bucket(container.Value) % FileScopes}");

    private static uint Bucket(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return BinaryPrimitives.ReadUInt32LittleEndian(hash);
    }

    /// <summary>For each provider the names of all that share an account with it, itself included: what one creates the others list.</summary>
    private static FrozenDictionary<string, ImmutableArray<string>> Neighbours(GatewaySettings settings) =>
        s_neighbours.GetValue(settings.Whole, static settings => settings.Providers.Values.ToFrozenDictionary(
            provider => provider.Name,
            provider => ImmutableArray.CreateRange(
                settings.Providers.Values
                    .Where(other => other.Name == provider.Name || other.Accounts.Any(account => provider.Accounts.Any(own => IsSame(own, account))))
                    .Select(other => other.Name))));

    private static bool IsSame(Account one, Account other) => one.Prefix == other.Prefix
        && one.Secret.Reveal() == other.Secret.Reveal()
        && one.FurtherSecrets.Select(secret => secret.Reveal()).SequenceEqual(other.FurtherSecrets.Select(secret => secret.Reveal()));
}
