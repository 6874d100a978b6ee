using System.Collections.Concurrent;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Path;

/// <summary>
/// Providers in use. One that is configured the same after a reload stays the same object, so that the resources of `local` live on.
/// </summary>
internal sealed class ProviderRegistry(TimeProvider time) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Entry> _providers = new();

    /// <summary>Builds every provider of a snapshot; throws what a provider that cannot start throws.</summary>
    public void Load(GatewaySettings settings)
    {
        foreach (var provider in settings.Providers.Values)
        {
            var context = new ProviderContext
            {
                Name = provider.Name,
                Options = provider.Options,
                DataDirectory = settings.DataDirectory,
                MaxFileBytes = settings.Client.MaxFileBytes,
                Time = time,
            };
            if (!_providers.TryGetValue(provider.Name, out var entry) || entry.Dialect != provider.Dialect || entry.Context != context)
            {
                _providers[provider.Name] = new Entry(provider.Dialect, context, Create(provider, context));
            }
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
internal sealed class ProviderStartException(string message, Exception inner) : Exception(message, inner);
