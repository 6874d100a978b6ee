using System.Collections.Immutable;
using Gateway.Ledger;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Accounts;

/// <summary>
/// What a tenant may see at providers that have no place for an owner: what the ledger knows as its own, and nothing else. Another tenant's container
/// and one that does not exist are refused here alike, before the provider is asked for anything.
/// </summary>
internal sealed class Ownership(ILedger ledger)
{
    /// <summary>Whether the ledger alone says what a call may see. False for those who see all, and where the provider keeps the owner.</summary>
    public static bool IsAsked(Tenant? tenant, ProviderSettings provider) => tenant is { SeesAll: false } && !provider.Dialect.KeepsTenant;

    /// <summary>Whether owners are worth remembering: where a container could be in several places, and where the ledger alone knows them.</summary>
    public static bool IsLearnt(Tenant? tenant, ProviderSettings provider, GatewaySettings settings) =>
        settings.NeedsLedger || (tenant is not null && !provider.Dialect.KeepsTenant);

    /// <summary>Whose a container is that an answer to this tenant has shown; null where that says nothing.</summary>
    public static string? OwnerOf(Tenant? tenant, ProviderSettings provider, bool isNew) =>
        isNew || provider.Dialect.KeepsTenant ? isNew ? tenant?.Id : tenant.OnlyOwner() : null;

    /// <summary>The container is not there, as far as the caller may know.</summary>
    public static GatewayError Missing(ContainerId container) => GatewayError.Missing($"Container with id '{container}' not found.");

    /// <summary>Why a call must not reach its provider, or null: its container, or a file it refers to, is not the tenant's.</summary>
    public async ValueTask<GatewayError?> RefusalAsync(
        Tenant tenant, ProviderSettings provider, ContainerId? container, ImmutableArray<string> files, CancellationToken cancellationToken)
    {
        if (container is { } id)
        {
            var owned = await ledger.OwnedAsync(tenant.Id, provider.Name, [id.Value], cancellationToken);
            if (!owned.Has(id.Value))
            {
                return owned.IsComplete ? Missing(id) : Unknown;
            }
        }

        foreach (var file in files)
        {
            if (await FileRefusalAsync(tenant, provider, file, cancellationToken) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    /// <summary>Why a platform file must not be used for a tenant, or null.</summary>
    public async ValueTask<GatewayError?> FileRefusalAsync(
        Tenant tenant, ProviderSettings provider, string file, CancellationToken cancellationToken)
    {
        var key = Owners.FilePrefix + file;
        var owned = await ledger.OwnedAsync(tenant.Id, provider.Name, [key], cancellationToken);
        return owned.Has(key) ? null : owned.IsComplete ? GatewayError.Missing($"File with id '{file}' not found.", "file_id") : Unknown;
    }

    /// <summary>Those of a page that are the tenant's; null when nobody can say.</summary>
    public async ValueTask<OwnedEntries?> OwnedAsync(
        Tenant tenant, ProviderSettings provider, IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        await ledger.OwnedAsync(tenant.Id, provider.Name, ids, cancellationToken) is { IsComplete: true } owned ? owned : null;

    /// <summary>
    /// The store is out of reach, and this process does not know the id as the tenant's: the same for one that is, one that is another's, and one
    /// that does not exist. Not a 404, which would make a client give up what it has.
    /// </summary>
    public static GatewayError Unknown { get; } = new()
    {
        Kind = ErrorKind.Capacity,
        Status = StatusCodes.Status503ServiceUnavailable,
        Type = "server_error",
        Code = "ownership_unavailable",
        Message = "whose containers these are cannot be looked up right now; try again",
        RetryAfter = TimeSpan.FromSeconds(1),
    };
}
