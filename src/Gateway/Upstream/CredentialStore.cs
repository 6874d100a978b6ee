using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Gateway.Accounts;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Yarp.ReverseProxy;

namespace Gateway.Upstream;

/// <summary>The credential of each account, made when it is first needed. An account that is configured the same after a reload keeps it, and so its tokens.</summary>
internal sealed class CredentialStore(IProxyStateLookup clusters, TimeProvider time) : IDisposable
{
    private readonly ConcurrentDictionary<Key, Lazy<ICredential>> _made = new();

    /// <summary>By the object that a snapshot of the settings holds: what every request asks.</summary>
    private readonly ConditionalWeakTable<Account, ICredential> _known = [];

    /// <summary>The credential of a provider's account.</summary>
    public ICredential Of(ProviderSettings provider, Account account) => _known.TryGetValue(account, out var known) ? known
        : _known.GetValue(account, _ => _made.GetOrAdd(Key.Of(provider, account), static (_, made) => made, new Lazy<ICredential>(() => Make(provider, account))).Value);

    /// <summary>Forgets those of accounts that are in neither of the snapshots: calls that began under the one before still need theirs.</summary>
    public void Keep(GatewaySettings current, GatewaySettings previous)
    {
        var kept = new[] { current, previous }
            .SelectMany(settings => settings.Providers.Values)
            .SelectMany(provider => provider.Accounts.Select(account => Key.Of(provider, account)))
            .ToHashSet();
        foreach (var key in _made.Keys.Where(key => !kept.Contains(key)))
        {
            if (_made.TryRemove(key, out var gone) && gone is { IsValueCreated: true, Value: IDisposable disposable })
            {
                disposable.Dispose();
            }
        }
    }

    public void Dispose()
    {
        foreach (var made in _made.Values)
        {
            if (made is { IsValueCreated: true, Value: IDisposable disposable })
            {
                disposable.Dispose();
            }
        }
    }

    private ICredential Make(ProviderSettings provider, Account account)
    {
        var make = provider.Dialect.Credential ?? throw new InvalidOperationException($"The dialect {provider.Dialect.Name} has accounts but no credential.");
        return make(new CredentialContext { Account = account, Time = time, Http = new ClusterHandler(clusters, provider.Name) });
    }

    private readonly record struct Key(string Provider, string Account, object? Options)
    {
        public static Key Of(ProviderSettings provider, Account account) => new(provider.Name, AccountIdentity.Of(account), account.Options);
    }

    /// <summary>The provider's cluster as a handler, whatever connections it has at the moment of a request.</summary>
    private sealed class ClusterHandler(IProxyStateLookup clusters, string provider) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            clusters.TryGetCluster(provider, out var cluster)
                ? cluster.Model.HttpClient.SendAsync(request, cancellationToken)
                : throw new HttpRequestException($"The provider {provider} is not configured any more.");
    }
}
