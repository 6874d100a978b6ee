using Gateway.Settings;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Upstream;

/// <summary>Projects the settings into YARP: a cluster is a provider, a destination is an account. Credentials stay out of it.</summary>
internal sealed class ClusterConfigs : IProxyConfigProvider, IDisposable
{
    private readonly Lock _lock = new();
    private readonly IDisposable _subscription;
    private Snapshot _current;

    public ClusterConfigs(SettingsSource source)
    {
        _current = new Snapshot(source.Current);
        _subscription = source.Subscribe(Update);
    }

    public IProxyConfig GetConfig() => _current;

    public void Dispose() => _subscription.Dispose();

    private void Update(GatewaySettings settings)
    {
        Snapshot old;
        lock (_lock)
        {
            old = _current;
            _current = new Snapshot(settings);
        }

        old.Expire();
    }

#pragma warning disable CA1001 // A source without a timer holds nothing to dispose, and YARP may still ask for the token of an expired snapshot.
    private sealed class Snapshot : IProxyConfig
#pragma warning restore CA1001
    {
        private readonly CancellationTokenSource _expired = new();

        public Snapshot(GatewaySettings settings)
        {
            Clusters = [.. settings.Providers.Values.Where(provider => provider.Accounts.Length > 0).Select(Cluster)];
            ChangeToken = new CancellationChangeToken(_expired.Token);
            RevisionId = settings.Revision;
        }

        public string RevisionId { get; }

        public IReadOnlyList<RouteConfig> Routes { get; } = [];

        public IReadOnlyList<ClusterConfig> Clusters { get; }

        public IChangeToken ChangeToken { get; }

        public void Expire() => _expired.Cancel();

        private static ClusterConfig Cluster(ProviderSettings provider) => new()
        {
            ClusterId = provider.Name,
            Destinations = provider.Accounts.ToDictionary(
                account => account.Id, account => new DestinationConfig { Address = account.BaseAddress.AbsoluteUri }),

            // YARP keeps a client while this is equal; the network settings decide that.
            Metadata = new Dictionary<string, string> { [NetworkFingerprint.Key] = NetworkFingerprint.Of(provider) },
        };
    }
}
