using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Gateway.Telemetry;

/// <summary>How many of something there are at the moment, by name: counted where they begin and end, told when somebody asks.</summary>
internal sealed class InFlightGauge
{
    private readonly ConcurrentDictionary<string, Level> _levels = new(StringComparer.Ordinal);

    /// <summary>
    /// The level of one name, from now on one of those that are told; names come from the configuration or the code, never from a client.
    /// </summary>
    public Level Of(string name) => _levels.GetOrAdd(name, static _ => new Level());

    /// <summary>All levels, as measurements with the name under this label.</summary>
    public IEnumerable<Measurement<long>> Snapshot(string label) =>
        _levels.Select(each => new Measurement<long>(each.Value.Now, new KeyValuePair<string, object?>(label, each.Key)));

    /// <summary>One of them.</summary>
    internal sealed class Level
    {
        private long _now;

        public long Now => Interlocked.Read(ref _now);

        public void Begin() => Interlocked.Increment(ref _now);

        public void End() => Interlocked.Decrement(ref _now);

        /// <summary>Begins one that ends when the result is disposed, once.</summary>
        public Begun Enter()
        {
            Begin();
            return new Begun(this);
        }
    }

    /// <summary>One that has begun.</summary>
    internal readonly struct Begun(Level level) : IDisposable
    {
        public void Dispose() => level.End();
    }
}
