using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Accounts;

/// <summary>
/// Which accounts must, or may, answer a call: the pinned one, the owner, or the healthy ones drawn by weight. Asks nobody upstream.
/// </summary>
internal sealed class Router(Owners owners, AccountHealth health, Random random)
{
    /// <summary>Where a call goes and why; asks nobody upstream.</summary>
    public ValueTask<AccountRoute> RouteAsync(Call call, ProviderSettings provider, Account? pinned, CancellationToken cancellationToken)
    {
        // A single account is the owner of whatever there is; asking it is never wrong, well or not.
        AccountRoute? known = pinned is not null ? new AccountRoute([pinned], RouteReason.Pinned)
            : provider.Accounts.IsEmpty ? new AccountRoute([], RouteReason.NoAccounts)
            : call.Container is not null && provider.Accounts.Length == 1 ? new AccountRoute(provider.Accounts, RouteReason.OnlyAccount)
            : call.Operation == Operation.ContainerList && provider.Accounts.Length > 1 ? new AccountRoute(provider.Accounts, RouteReason.Merged)
            : null;
        return known is { } route ? ValueTask.FromResult(route) : LookUpAsync(call, provider, cancellationToken);
    }

    private async ValueTask<AccountRoute> LookUpAsync(Call call, ProviderSettings provider, CancellationToken cancellationToken)
    {
        if (call.Container is { } container)
        {
            return await owners.KnownAsync(provider, container.Value, call.Tenant, cancellationToken) is { } owner
                ? new AccountRoute([owner], RouteReason.Owner)
                : new AccountRoute(provider.Accounts, RouteReason.OwnerUnknown);
        }

        var preferred = provider.Accounts.Length > 1 ? await PreferredAsync(call, provider, cancellationToken) : null;
        var kind = OperationKinds.Of(call.Operation);
        var order = AccountChooser.Order(
            provider.Accounts, account => health.OutageOf(provider.Name, account, kind, call.Tenant?.Id)?.Until, preferred?.Id, random.NextDouble);
        return new AccountRoute(
            order,
            provider.Accounts.Length == 1 ? RouteReason.OnlyAccount
                : preferred is not null && order[0] == preferred ? RouteReason.HoldsFile
                : RouteReason.Weighted);
    }

    /// <summary>The account known to hold the files a create refers to, or null.</summary>
    private async ValueTask<Account?> PreferredAsync(Call call, ProviderSettings provider, CancellationToken cancellationToken)
    {
        foreach (var file in Owners.FilesOf(call))
        {
            if (await owners.KnownAsync(provider, Owners.FilePrefix + file, call.Tenant, cancellationToken) is { } account)
            {
                return account;
            }
        }

        return null;
    }
}
