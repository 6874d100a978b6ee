using System.Runtime.CompilerServices;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Yarp.ReverseProxy;

namespace Gateway.Upstream;

/// <summary>The credential of each account, made when it is first needed, and gone with its account.</summary>
internal sealed class CredentialStore(IProxyStateLookup clusters, TimeProvider time) : IDisposable
{
    private readonly ConditionalWeakTable<Account, ICredential> _made = [];

    /// <summary>The credential of a provider's account.</summary>
    public ICredential Of(ProviderSettings provider, Account account) => _made.TryGetValue(account, out var made) ? made
        : _made.GetValue(account, _ => Make(provider, account));

    /// <summary>Lets go of those that are in neither of the snapshots: calls that began under the one before still need theirs.</summary>
    public void Keep(GatewaySettings current, GatewaySettings previous)
    {
        var accounts = new[] { current, previous }.SelectMany(settings => settings.Providers.Values).SelectMany(provider => provider.Accounts);
        End(accounts.ToHashSet<object?>(ReferenceEqualityComparer.Instance));
    }

    public void Dispose() => End([]);

    private void End(HashSet<object?> kept)
    {
        foreach (var (account, credential) in _made.Where(pair => !kept.Contains(pair.Key)).ToList())
        {
            _made.Remove(account);
            (credential as IDisposable)?.Dispose();
        }
    }

    private ICredential Make(ProviderSettings provider, Account account)
    {
        var make = provider.Dialect.Credential
            ?? throw new InvalidOperationException($"The dialect {provider.Dialect.Name} has accounts but no credential.");
        return make(new CredentialContext { Account = account, Time = time, Http = new ClusterHandler(clusters, provider.Name) });
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
