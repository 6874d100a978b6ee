using System.Collections.Concurrent;

namespace Gateway.Upstream;

/// <summary>How many connections to each provider are open, counted where they begin and end.</summary>
internal sealed class OpenConnections
{
    private readonly ConcurrentDictionary<string, Count> _counts = new(StringComparer.Ordinal);

    /// <summary>Providers that had a connection, with the number they have now.</summary>
    public IEnumerable<(string Provider, int Open)> Now => _counts.Select(each => (each.Key, each.Value.Open));

    /// <summary>The count of one provider.</summary>
    public Count Of(string provider) => _counts.GetOrAdd(provider, static _ => new Count());

    /// <summary>Connections of one provider.</summary>
    internal sealed class Count
    {
        private int _open;

        public int Open => Volatile.Read(ref _open);

        public void Opened() => Interlocked.Increment(ref _open);

        public void Closed() => Interlocked.Decrement(ref _open);
    }
}
