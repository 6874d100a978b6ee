using Gateway.Providers.Contract;

namespace Gateway.ProviderState;

/// <summary>Where the state of all providers is. Each method throws <see cref="UpstreamBrokenException"/> when it is not reached.</summary>
internal interface IStateStore
{
    /// <inheritdoc cref="IProviderState.FindAsync"/>
    ValueTask<ReadOnlyMemory<byte>?> FindAsync(string provider, string key, CancellationToken cancellationToken);

    /// <inheritdoc cref="IProviderState.SetAsync"/>
    ValueTask SetAsync(string provider, string key, ReadOnlyMemory<byte> value, TimeSpan keptFor, CancellationToken cancellationToken);

    /// <inheritdoc cref="IProviderState.RemoveAsync"/>
    ValueTask RemoveAsync(string provider, string key, CancellationToken cancellationToken);

    /// <inheritdoc cref="IProviderState.ListAsync"/>
    ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> ListAsync(
        string provider, string prefix, int limit, CancellationToken cancellationToken);
}
