using System.Runtime.InteropServices;

namespace Gateway.Ledger;

/// <summary>
/// Changes the store has yet to make: at most one for an id and provider, the newest. Those being written right now still count, so that a reader
/// sees every change either here or in the store.
/// </summary>
internal sealed class LedgerBacklog(int capacity)
{
    private readonly Lock _lock = new();
    private Changes _waiting = new();
    private Changes _leaving = new();

    /// <summary>Changes not yet in the store.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count + _leaving.Count;
            }
        }
    }

    /// <summary>Adds a change, or makes it part of one that waits. False when there is no room.</summary>
    public bool TryAdd(LedgerChange change)
    {
        lock (_lock)
        {
            return _waiting.TryAdd(change, capacity - _leaving.Count);
        }
    }

    /// <summary>Changes of one id, oldest first.</summary>
    public IReadOnlyList<LedgerChange> Find(string id)
    {
        lock (_lock)
        {
            return _leaving.Count + _waiting.Count == 0 ? [] : [.. _leaving.Of(id), .. _waiting.Of(id)];
        }
    }

    /// <summary>Changes of one provider by id.</summary>
    public Dictionary<string, LedgerChange> OfProvider(string provider)
    {
        var found = new Dictionary<string, LedgerChange>(StringComparer.Ordinal);
        lock (_lock)
        {
            foreach (var change in _leaving.All().Concat(_waiting.All()).Where(change => change.Provider == provider))
            {
                ref var slot = ref CollectionsMarshal.GetValueRefOrAddDefault(found, change.Id, out _);
                slot = slot is null ? change : change.After(slot);
            }
        }

        return found;
    }

    /// <summary>Takes everything that waits. Only one taker at a time; each ends with <see cref="Settle"/>.</summary>
    public IReadOnlyList<LedgerChange> Take()
    {
        lock (_lock)
        {
            (_leaving, _waiting) = (_waiting, _leaving);
            return [.. _leaving.All()];
        }
    }

    /// <summary>Drops what was written and queues the rest again behind what came in the meantime.</summary>
    public void Settle(IEnumerable<LedgerChange> unwritten)
    {
        lock (_lock)
        {
            _leaving = new Changes();
            foreach (var change in unwritten)
            {
                _waiting.AddOlder(change);
            }
        }
    }

    private sealed class Changes
    {
        private readonly Dictionary<string, LedgerChange[]> _byId = new(StringComparer.Ordinal);

        public int Count { get; private set; }

        public LedgerChange[] Of(string id) => _byId.GetValueOrDefault(id, []);

        public IEnumerable<LedgerChange> All() => _byId.Values.SelectMany(changes => changes);

        public bool TryAdd(LedgerChange change, int room)
        {
            var known = Of(change.Id);
            var index = Array.FindIndex(known, other => other.Provider == change.Provider);
            if (index >= 0)
            {
                known[index] = change.After(known[index]);
                return true;
            }

            if (Count >= room)
            {
                return false;
            }

            _byId[change.Id] = [.. known, change];
            Count++;
            return true;
        }

        public void AddOlder(LedgerChange change)
        {
            var known = Of(change.Id);
            var index = Array.FindIndex(known, other => other.Provider == change.Provider);
            if (index >= 0)
            {
                known[index] = known[index].After(change);
            }
            else
            {
                _byId[change.Id] = [.. known, change];
                Count++;
            }
        }
    }
}
