using System.Collections.Concurrent;
using Gateway.Providers.Contract;
using Gateway.ProviderState;
using Gateway.Settings;
using Gateway.Telemetry;

namespace Gateway.Providers;

/// <summary>
/// Providers in use. One that is configured the same after a reload stays the same object, so that the resources of `local` live on.
/// </summary>
internal sealed class ProviderRegistry(
    SettingsSource settingsSource, IStateStore store, TimeProvider time, ILogger<ProviderRegistry> logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Entry> _providers = new();
    private readonly ConcurrentDictionary<string, Action<string>> _warn = new();
    private readonly ConcurrentDictionary<string, IProviderState> _states = new();
    private readonly Func<long> _maxFileBytes = () => settingsSource.Current.Client.MaxFileBytes;

    /// <summary>Builds every provider of a snapshot; throws what a provider that cannot start throws.</summary>
    public void Load(GatewaySettings settings)
    {
        var fresh = new Dictionary<string, Entry>();
        foreach (var provider in settings.Providers.Values)
        {
            var context = new ProviderContext
            {
                Name = provider.Name,
                Options = provider.Options,
                DataDirectory = settings.DataDirectory,
                MaxFileBytes = _maxFileBytes,
                Time = time,
                State = _states.GetOrAdd(provider.Name, name => new ScopedState(store, name)),
                Warn = _warn.GetOrAdd(provider.Name, name => warning => logger.ProviderWarning(name, warning)),
            };
            var exists = _providers.TryGetValue(provider.Name, out var entry);
            if (!exists || entry!.Dialect != provider.Dialect || entry.Context != context)
            {
                if (exists && entry!.Provider is IAsyncDisposable)
                {
                    // It holds its directory, and calls hold it.
                    throw new ProviderStartException($"provider {provider.Name}: its own section can only change with a restart");
                }

                fresh[provider.Name] = new Entry(provider.Dialect, context, Create(provider, context));
            }
        }

        // Only when all of them can start: settings that are refused change nothing.
        foreach (var (name, entry) in fresh)
        {
            _providers[name] = entry;
        }
    }

    public IProvider Get(ProviderSettings provider) => _providers[provider.Name].Provider;

    /// <summary>The provider of this name, or null before it was loaded.</summary>
    public IProvider? Find(string name) => _providers.TryGetValue(name, out var entry) ? entry.Provider : null;

    public async ValueTask DisposeAsync()
    {
        foreach (var entry in _providers.Values)
        {
            if (entry.Provider is IAsyncDisposable disposable)
            {
                await disposable.DisposeAsync();
            }
        }
    }

    private static IProvider Create(ProviderSettings provider, ProviderContext context)
    {
        try
        {
            return provider.Dialect.Create(context);
        }
        catch (Exception exception) when (exception is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new ProviderStartException($"provider {provider.Name} cannot start: {exception.Message}", exception);
        }
    }

    private sealed record Entry(Dialect Dialect, ProviderContext Context, IProvider Provider);
}

/// <summary>A provider's own resources cannot be had (a directory in use, say).</summary>
internal sealed class ProviderStartException(string message, Exception? inner = null) : Exception(message, inner);
