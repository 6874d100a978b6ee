using Gateway.Pipeline;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Accounts;

/// <summary>Finds the provider that owns a file, so that a container of another one can be given it; with that provider's own credentials.</summary>
internal sealed class FileOwners(
    ProviderRegistry registry, AttemptLoop attempts, Ownership ownership, Adoptions adoptions, TimeProvider time)
{
    /// <summary>The file with this id at any account but the one that asks, or null: those of the same provider first.</summary>
    /// <param name="fileId">The file.</param>
    /// <param name="asking">The provider that asks.</param>
    /// <param name="asked">Its account that has been asked already; null for a provider that has none.</param>
    /// <param name="exchange">The call.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<SourceFile?> FindAsync(
        string fileId, ProviderSettings asking, Account? asked, Exchange exchange, CancellationToken cancellationToken)
    {
        var caller = exchange.Directives.Caller;
        UpstreamBrokenException? broken = null;
        var others = exchange.Settings.Providers.Values.Where(provider => provider.Name != asking.Name && MayRead(provider));
        foreach (var provider in others.OrderBy(provider => provider.Name, StringComparer.Ordinal).Prepend(asking))
        {
            if (registry.Get(provider) is not IFileOwner owner)
            {
                continue;
            }

            if (Ownership.IsAsked(caller.Tenant, provider)
                && await ownership.FileRefusalAsync(caller.Tenant!, provider, fileId, cancellationToken) is { } refusal)
            {
                broken ??= refusal.Kind == ErrorKind.NotFound ? null : new UpstreamBrokenException(refusal);
                continue;
            }

            var tenant = await adoptions.ApplyAsync(caller.Tenant, provider);

            Account?[] accounts = provider.Accounts.IsEmpty ? [null] : [.. provider.Accounts];
            foreach (var account in accounts.Where(account => provider.Name != asking.Name || account != asked))
            {
                var upstream = new AccountUpstream(attempts, provider, account, Side(provider, exchange));
                try
                {
                    if (await owner.FindFileAsync(fileId, tenant, upstream, cancellationToken) is { } file)
                    {
                        return file;
                    }
                }
                catch (UpstreamBrokenException exception)
                {
                    // Another may have it; if none does, nobody knows that it does not exist.
                    broken ??= exception;
                }
            }
        }

        return broken is null ? null : throw broken;
    }

    private static bool MayRead(ProviderSettings provider) =>
        provider.Unavailable is null && provider.AllowedOperations?.Contains(Operation.ContainerFileContent) != false;

    /// <summary>An exchange of its own, in the same caller's name: what the owner is asked is not what the client's call went to.</summary>
    private Exchange Side(ProviderSettings provider, Exchange exchange) => new(exchange.RequestId, exchange.Settings, time)
    {
        Operation = exchange.Operation, Provider = provider.Name, Served = provider, Aborted = exchange.Aborted,
        Directives = new CallDirectives { Caller = exchange.Directives.Caller },
    };
}
