using System.Collections.Concurrent;

namespace Gateway.Providers.Local;

/// <summary>
/// When each container was used last. Memory has the truth and the database follows once a second, so that a read costs no write and a crash
/// costs a container about a second of its time.
/// </summary>
internal sealed class LocalStoreActivity
{
    private readonly ConcurrentDictionary<long, Entry> _entries = new();

    /// <summary>Records a use of a container.</summary>
    /// <returns>The container with its newest activity, or null when its time is up.</returns>
    public LocalContainer? Touch(LocalContainer container, long nowMs)
    {
        var entry = _entries.GetOrAdd(container.Seq, static (_, stored) => new Entry(stored), container.LastActiveMs);
        lock (entry)
        {
            if (container.Expired || entry.Closed || nowMs >= entry.NewestMs + container.IdleMs)
            {
                return null;
            }

            // The clock of the host may be set back.
            entry.NewestMs = Math.Max(entry.NewestMs, nowMs);
            return container with { LastActiveMs = entry.NewestMs };
        }
    }

    /// <summary>The container with its newest activity, and expired when its time is up. Not a use.</summary>
    public LocalContainer Observe(LocalContainer container, long nowMs)
    {
        var newest = container.LastActiveMs;
        if (!container.Expired && _entries.TryGetValue(container.Seq, out var entry))
        {
            lock (entry)
            {
                newest = Math.Max(newest, entry.NewestMs);
            }
        }

        return container with { LastActiveMs = newest, Expired = container.Expired || nowMs >= newest + container.IdleMs };
    }

    /// <summary>Ends a container whose time is up: from now on it cannot be used.</summary>
    /// <returns>The container with its last activity, or null when it has time left.</returns>
    public LocalContainer? Close(LocalContainer container, long nowMs)
    {
        var entry = _entries.GetOrAdd(container.Seq, static (_, stored) => new Entry(stored), container.LastActiveMs);
        lock (entry)
        {
            if (!entry.Closed && nowMs < entry.NewestMs + container.IdleMs)
            {
                return null;
            }

            entry.Closed = true;
            return container with { LastActiveMs = entry.NewestMs };
        }
    }

    /// <summary>Drops what is known of a container that is expired or deleted in the database.</summary>
    public void Forget(long seq) => _entries.TryRemove(seq, out _);

    /// <summary>Uses that are not in the database yet, by container.</summary>
    public List<KeyValuePair<long, long>> Unsaved()
    {
        var unsaved = new List<KeyValuePair<long, long>>();
        foreach (var (seq, entry) in _entries)
        {
            lock (entry)
            {
                if (entry.NewestMs > entry.SavedMs)
                {
                    unsaved.Add(new(seq, entry.NewestMs));
                }
            }
        }

        return unsaved;
    }

    /// <summary>Notes that a use is in the database.</summary>
    public void Saved(long seq, long lastActiveMs)
    {
        if (_entries.TryGetValue(seq, out var entry))
        {
            lock (entry)
            {
                entry.SavedMs = Math.Max(entry.SavedMs, lastActiveMs);
            }
        }
    }

    private sealed class Entry(long storedMs)
    {
        public long NewestMs { get; set; } = storedMs;

        public long SavedMs { get; set; } = storedMs;

        public bool Closed { get; set; }
    }
}
