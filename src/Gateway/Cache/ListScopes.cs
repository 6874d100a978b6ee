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

    private static readonly ConditionalWeakTable<GatewaySettings, FrozenDictionary<string, ImmutableArray<string>>> s_neighbours = [];

    /// <summary>What the answer to a list depends on.</summary>
    public static ImmutableArray<string> Of(Call call, ImmutableArray<ProviderSettings> providers) => call.Container is { } container
        ? [FilesOf(container)]
        : ImmutableArray.CreateRange(providers, provider => ContainersOf(provider.Name));

    /// <summary>What a write may have changed; nothing for reads.</summary>
    public static ImmutableArray<string> InvalidatedBy(Call call, GatewaySettings settings)
    {
        if (call.Operation.Effect != Effect.Write)
        {
            return [];
        }

        ImmutableArray<string> files = call.Container is { } container ? [FilesOf(container)] : [];
        return call.Operation == Operation.ContainerCreate || call.Operation == Operation.ContainerDelete
            ? [.. files, .. Neighbours(settings).GetValueOrDefault(call.Provider, [])]
            : files;
    }

    /// <summary>
    /// Whether a write that ended so may have changed something. Only an answer that says no, or a request that was never sent, is sure.
    /// </summary>
    public static bool MayHaveChanged(Reply? reply) => reply is not Reply.Failed
    {
        Error.Kind: ErrorKind.Caller or ErrorKind.Denied or ErrorKind.Credential or ErrorKind.Permission or ErrorKind.Quota or ErrorKind.Unreachable,
    };

    private static string ContainersOf(string provider) => "containers:" + provider;

    /// <summary>
    /// Containers share a bounded number of scopes, so that whatever remembers scopes is bounded, too. Those that share one lose entries to each
    /// other's writes, nothing else. The same in every process.
    /// </summary>
    private static string FilesOf(ContainerId container)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(container.Value), hash);
        return string.Create(CultureInfo.InvariantCulture, $"files:{BinaryPrimitives.ReadUInt16LittleEndian(hash) % FileScopes}");
    }

    /// <summary>For each provider the scopes of all that share an account with it, itself included: what one creates the others list.</summary>
    private static FrozenDictionary<string, ImmutableArray<string>> Neighbours(GatewaySettings settings) =>
        s_neighbours.GetValue(settings.Whole, static settings => settings.Providers.Values.ToFrozenDictionary(
            provider => provider.Name,
            provider => ImmutableArray.CreateRange(
                settings.Providers.Values
                    .Where(other => other.Name == provider.Name || other.Accounts.Any(account => provider.Accounts.Any(own => IsSame(own, account))))
                    .Select(other => ContainersOf(other.Name)))));

    private static bool IsSame(Account one, Account other) => one.Prefix == other.Prefix
        && one.Secret.Reveal() == other.Secret.Reveal()
        && one.FurtherSecrets.Select(secret => secret.Reveal()).SequenceEqual(other.FurtherSecrets.Select(secret => secret.Reveal()));
}
