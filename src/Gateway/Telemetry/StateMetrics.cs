using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.InteropServices;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Upstream;

namespace Gateway.Telemetry;

/// <summary>
/// What is the case right now, observed at each scrape and at no other time: build, configuration, providers, keys, stores, disk. Parts that learn
/// more than the configuration knows plug themselves in by <see cref="ObserveKeys"/> and <see cref="ObserveStore"/>.
/// </summary>
internal sealed class StateMetrics
{
    /// <summary>Meter of states.</summary>
    public const string MeterName = "Gateway.State";

    private readonly SettingsSource _settings;
    private readonly ProviderRegistry _registry;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, (string Engine, Func<bool> IsAvailable)> _stores = new();
    private Func<string, Account, bool> _isKeyAvailable = static (_, _) => true;
    private DateTimeOffset _loadedAt;
    private bool _isRefused;

    public StateMetrics(IMeterFactory meters, SettingsSource settings, ProviderRegistry registry, OpenConnections connections, TimeProvider time)
    {
        _settings = settings;
        _registry = registry;
        _time = time;
        _loadedAt = time.GetUtcNow();
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("gateway.build.info", Build, null, "Always 1; its labels name the running build.");
        meter.CreateObservableGauge(
            "gateway.config.loaded", () => _loadedAt.ToUnixTimeSeconds(), "s", "Unix time the configuration in force was put in force.");
        meter.CreateObservableGauge(
            "gateway.config.refused", () => _isRefused ? 1 : 0, null, "1 while the configuration file is not in force because it was refused.");
        meter.CreateObservableGauge(
            "gateway.provider.available", Providers, null, "1 when the provider can serve calls, 0 when its configuration keeps it from that.");
        meter.CreateObservableGauge(
            "gateway.key.available", Keys, null, "1 while the key is well, 0 while new containers go to other keys if there are any.");
        meter.CreateObservableGauge(
            "gateway.upstream.connections", () => connections.ByProvider.Snapshot(Tags.Provider), "{connection}",
            "Open connections to the provider, idle ones included.");
        meter.CreateObservableGauge("gateway.store.available", Stores, null, "1 while the store answers, 0 while its users do without.");
        meter.CreateObservableGauge(
            "gateway.provider.disk.used", () => Disks(disk => disk.UsedBytes), "By",
            "Bytes the files of a provider take on the gateway's disk, and what is kept about them.");
        meter.CreateObservableGauge(
            "gateway.provider.disk.limit", () => Disks(disk => disk.LimitBytes), "By",
            "Bytes the files of a provider may take on the gateway's disk.");
        meter.CreateObservableGauge(
            "gateway.provider.storage_full", () => Disks(disk => disk.IsFull ? 1 : 0), null,
            "1 while a provider refuses uploads and creates because the gateway's disk is full.");
    }

    /// <summary>Version of the running build.</summary>
    public static string Version { get; } =
        typeof(StateMetrics).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";

    /// <summary>Says from now on which keys are used; before that every configured key counts as available.</summary>
    /// <param name="isAvailable">Name of the provider and the account; called at each scrape, from any thread.</param>
    public void ObserveKeys(Func<string, Account, bool> isAvailable) => _isKeyAvailable = isAvailable;

    /// <summary>Says from now on whether a store answers.</summary>
    /// <param name="store">What it is for: <c>ledger</c> or <c>cache</c>.</param>
    /// <param name="engine">What it is: <c>sqlite</c>, <c>redis</c> or <c>memory</c>.</param>
    /// <param name="isAvailable">Called at each scrape, from any thread.</param>
    public void ObserveStore(string store, string engine, Func<bool> isAvailable) => _stores[store] = (engine, isAvailable);

    /// <summary>Another configuration has been put in force.</summary>
    public void ConfigurationLoaded() => _loadedAt = _time.GetUtcNow();

    /// <summary>The configuration file was read again and is in force, or is refused.</summary>
    public void ConfigurationJudged(bool isRefused) => _isRefused = isRefused;

    private static Measurement<int> Build() => new(
        1, new("version", Version), new("dotnet_version", Environment.Version.ToString()),
        new("architecture", RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()));

    private IEnumerable<Measurement<int>> Providers()
    {
        foreach (var provider in _settings.Current.Providers.Values)
        {
            yield return new(provider.Unavailable is null ? 1 : 0, new KeyValuePair<string, object?>(Tags.Provider, provider.Name));
        }
    }

    private IEnumerable<Measurement<int>> Keys()
    {
        foreach (var provider in _settings.Current.Providers.Values)
        {
            foreach (var account in provider.Accounts)
            {
                yield return new(_isKeyAvailable(provider.Name, account) ? 1 : 0, new(Tags.Provider, provider.Name), new(Tags.Key, account.Name));
            }
        }
    }

    private IEnumerable<Measurement<int>> Stores()
    {
        foreach (var (store, (engine, isAvailable)) in _stores)
        {
            yield return new(isAvailable() ? 1 : 0, new(Tags.Store, store), new(Tags.Engine, engine));
        }
    }

    private IEnumerable<Measurement<long>> Disks(Func<DiskUse, long> value)
    {
        foreach (var provider in _settings.Current.Providers.Values)
        {
            if (_registry.Find(provider.Name) is IUsesDisk { Disk: var disk })
            {
                yield return new(value(disk), new KeyValuePair<string, object?>(Tags.Provider, provider.Name));
            }
        }
    }
}
