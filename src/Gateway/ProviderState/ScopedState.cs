using System.Text;
using Gateway.Providers.Contract;

namespace Gateway.ProviderState;

/// <summary>One provider's part of the store, with the bounds of the contract.</summary>
internal sealed class ScopedState(IStateStore store, string provider) : IProviderState
{
    private const int MaxListed = 2000;

    /// <summary>What a store throws that is not reached.</summary>
    public static UpstreamBrokenException Unavailable(Exception? cause = null) => new(
        new GatewayError
        {
            Kind = ErrorKind.Capacity,
            Status = 503,
            Type = "server_error",
            Code = "provider_state_unavailable",
            Message = "what the gateway knows of this container cannot be read or kept right now",
            RetryAfter = TimeSpan.FromSeconds(1),
        },
        cause);

    public ValueTask<ReadOnlyMemory<byte>?> FindAsync(string key, CancellationToken cancellationToken) =>
        store.FindAsync(provider, Checked(key), cancellationToken);

    public ValueTask SetAsync(string key, ReadOnlyMemory<byte> value, TimeSpan keptFor, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, IProviderState.MaxValueBytes, nameof(value));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(keptFor, TimeSpan.Zero);
        return store.SetAsync(provider, Checked(key), value, keptFor, cancellationToken);
    }

    public ValueTask RemoveAsync(string key, CancellationToken cancellationToken) => store.RemoveAsync(provider, Checked(key), cancellationToken);

    public ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> ListAsync(
        string prefix, int limit, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, MaxListed);
        return store.ListAsync(provider, prefix, limit, cancellationToken);
    }

    private static string Checked(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Encoding.UTF8.GetByteCount(key), IProviderState.MaxKeyBytes, nameof(key));
        return key;
    }
}
