using Gateway.Pipeline;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Accounts;

/// <summary>Finds the provider that owns a file, so that a container of another one can be given it; with that provider's own credentials.</summary>
internal sealed class FileOwners(ProviderRegistry registry, AttemptLoop attempts, TimeProvider time)
{
    /// <summary>The file with this id at any provider but the one that asks, or null.</summary>
    public async ValueTask<SourceFile?> FindAsync(string fileId, ProviderSettings asking, Exchange exchange, CancellationToken cancellationToken)
    {
        UpstreamBrokenException? broken = null;
        foreach (var provider in exchange.Settings.Providers.Values.OrderBy(provider => provider.Name, StringComparer.Ordinal))
        {
            if (provider.Name == asking.Name || !MayRead(provider) || registry.Get(provider) is not IFileOwner owner)
            {
                continue;
            }

            foreach (var upstream in Upstreams(provider, exchange))
            {
                try
                {
                    if (await owner.FindFileAsync(fileId, upstream, cancellationToken) is { } file)
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

    /// <summary>One for each account, since an account only sees its own files.</summary>
    private IEnumerable<AccountUpstream> Upstreams(ProviderSettings provider, Exchange exchange)
    {
        // An exchange of its own: what the owner is asked is not what the client's call went to.
        Exchange Side() =>
            new(exchange.RequestId, exchange.Settings, time)
            {
                Operation = exchange.Operation, Provider = provider.Name, Served = provider, Aborted = exchange.Aborted,
            };
        return provider.Accounts.IsEmpty
            ? [new AccountUpstream(attempts, provider, null, Side())]
            : provider.Accounts.Select(account => new AccountUpstream(attempts, provider, account, Side()));
    }
}
