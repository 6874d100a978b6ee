using Gateway.Providers.Contract;
using Gateway.Settings;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;

namespace Gateway.Upstream;

/// <summary>Projects the settings into YARP: a cluster is a provider, a destination is an account. Credentials stay out of it.</summary>
internal sealed class ClusterConfigs : IProxyConfigProvider, IConfigChangeListener
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _applied = new();
    private Snapshot _current;

    public ClusterConfigs(SettingsSource source) => _current = new Snapshot(source.Current, null);

    public IProxyConfig GetConfig() => _current;

    /// <summary>
    /// Has YARP take over the clusters of new settings, and waits until it has. Providers that are gone stay until the next change: calls that began
    /// under the old settings still need them.
    /// </summary>
    /// <exception cref="InvalidOperationException">YARP refuses the clusters.</exception>
    public async Task ApplyAsync(GatewaySettings next, GatewaySettings previous, CancellationToken cancellationToken)
    {
        Snapshot old;
        Task applied;
        lock (_lock)
        {
            old = _current;
            _current = new Snapshot(next, previous);
            _applied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            applied = _applied.Task;
        }

        old.Expire();
        await applied.WaitAsync(cancellationToken);
    }

    public void ConfigurationLoadingFailed(IProxyConfigProvider configProvider, Exception exception) =>
        _applied.TrySetException(new InvalidOperationException("the providers' clusters could not be loaded", exception));

    public void ConfigurationLoaded(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
    }

    public void ConfigurationApplyingFailed(IReadOnlyList<IProxyConfig> proxyConfigs, Exception exception) =>
        _applied.TrySetException(new InvalidOperationException("the providers' clusters could not be applied", exception));

    public void ConfigurationApplied(IReadOnlyList<IProxyConfig> proxyConfigs)
    {
        lock (_lock)
        {
            if (proxyConfigs.Contains(_current))
            {
                _applied.TrySetResult();
            }
        }
    }

#pragma warning disable CA1001 // A source without a timer holds nothing to dispose, and YARP may still ask for the token of an expired snapshot.
    private sealed class Snapshot : IProxyConfig
#pragma warning restore CA1001
    {
        private readonly CancellationTokenSource _expired = new();

        public Snapshot(GatewaySettings settings, GatewaySettings? previous)
        {
            var gone = previous?.Providers.Values.Where(provider => !settings.Providers.ContainsKey(provider.Name)) ?? [];
            Clusters = [.. settings.Providers.Values.Concat(gone).Where(provider => provider.Accounts.Length > 0).Select(Cluster)];
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
            Destinations = provider.Accounts.ToDictionary(Id, account => new DestinationConfig { Address = account.BaseAddress.AbsoluteUri }),

            // YARP keeps a client while this is equal; the network settings decide that.
            Metadata = new Dictionary<string, string> { [NetworkFingerprint.Key] = NetworkFingerprint.Of(provider) },
        };

        private static string Id(Account account) => account.Id;
    }
}
