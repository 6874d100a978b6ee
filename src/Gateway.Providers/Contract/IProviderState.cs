namespace Gateway.Providers.Contract;

/// <summary>
/// Small values a provider keeps about what it manages where its upstream has no place for them: a name, metadata, the time of the last use. They
/// are its own, under its configured name; they outlive the process, and with Redis all instances share them. Whoever can put them into the upstream
/// should.
/// </summary>
public interface IProviderState
{
    /// <summary>Longest key, in bytes of UTF-8.</summary>
    const int MaxKeyBytes = 256;

    /// <summary>Largest value, in bytes.</summary>
    const int MaxValueBytes = 64 * 1024;

    /// <summary>The value, or null when there is none or its time is over.</summary>
    /// <exception cref="UpstreamBrokenException">
    /// Nobody can say: the store is not reached. Whoever goes on as if there were none risks a wrong answer.
    /// </exception>
    ValueTask<ReadOnlyMemory<byte>?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>Keeps a value in place of the one before.</summary>
    /// <param name="key">1 to <see cref="MaxKeyBytes"/> bytes.</param>
    /// <param name="value">At most <see cref="MaxValueBytes"/> bytes.</param>
    /// <param name="keptFor">How long; a provider that forgets to remove what is gone does not fill the store.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="UpstreamBrokenException">It is not certain that it is kept.</exception>
    ValueTask SetAsync(string key, ReadOnlyMemory<byte> value, TimeSpan keptFor, CancellationToken cancellationToken);

    /// <summary>Removes a value; nothing happens when there is none.</summary>
    /// <exception cref="UpstreamBrokenException">It is not certain that it is gone.</exception>
    ValueTask RemoveAsync(string key, CancellationToken cancellationToken);

    /// <summary>The values whose keys begin so, in the order of their keys' bytes.</summary>
    /// <param name="prefix">The beginning; empty for all.</param>
    /// <param name="limit">Most values returned, from 1 to 2,000.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="UpstreamBrokenException">Nobody can say.</exception>
    ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> ListAsync(string prefix, int limit, CancellationToken cancellationToken);
}
