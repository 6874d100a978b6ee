using System.Collections.Immutable;

namespace Gateway.Ledger;

/// <summary>What the front has of an id.</summary>
/// <param name="Rows">The rows; the default array when there are none.</param>
/// <param name="ReadAtMs">When all rows of the id were read from the store, in Unix milliseconds; 0 when they never were.</param>
/// <param name="Version">Changes whenever the rows do; 0 when there are none.</param>
internal readonly record struct LedgerView(ImmutableArray<LedgerRow> Rows, long ReadAtMs, long Version);

/// <summary>The ids met last, in memory. When it is full, an id goes that was not asked for lately (the clock algorithm).</summary>
internal sealed class LedgerFront
{
    private const int ShardCount = 16;

    private readonly Shard[] _shards;

    /// <summary>A front for about <paramref name="capacity"/> ids.</summary>
    public LedgerFront(int capacity)
    {
        _shards = new Shard[ShardCount];
        for (var i = 0; i < ShardCount; i++)
        {
            _shards[i] = new Shard(Math.Max(1, capacity / ShardCount));
        }
    }

    /// <summary>Ids held now.</summary>
    public int Count => _shards.Sum(shard => shard.Count);

    /// <summary>What is known of an id.</summary>
    public LedgerView Look(string id) => ShardOf(id).Look(id);

    /// <summary>The row of an id and provider, or null.</summary>
    public LedgerRow? Find(string id, string provider) =>
        Look(id).Rows is { IsDefault: false } rows ? rows.FirstOrDefault(row => row.Entry.Provider == provider) : null;

    /// <summary>Adds or replaces one row.</summary>
    public void Put(LedgerRow row) => ShardOf(row.Entry.Id).Put(row);

    /// <summary>Takes over everything a store had of an id, unless the id changed here since <paramref name="version"/> was seen.</summary>
    public void Fill(string id, ImmutableArray<LedgerRow> rows, long version, long readAtMs) => ShardOf(id).Fill(id, rows, version, readAtMs);

    /// <summary>The row nearest before a place. Looks at every row: for the time a store is out of reach.</summary>
    public LedgerRow? Nearest(LedgerPosition position, long nowMs)
    {
        LedgerRow? nearest = null;
        foreach (var shard in _shards)
        {
            nearest = position.Nearer(nearest, shard.Nearest(position, nowMs));
        }

        return nearest;
    }

    private Shard ShardOf(string id) => _shards[(uint)id.GetHashCode(StringComparison.Ordinal) % ShardCount];

    private sealed class Slot(string id)
    {
        public string Id { get; } = id;

        public ImmutableArray<LedgerRow> Rows { get; set; } = [];

        public long ReadAtMs { get; set; }

        public long Version { get; set; }

        // Not used yet: one that is only told, as by a long list, makes no room at the cost of one that is asked for.
        public bool Used { get; set; }
    }

    private sealed class Shard(int capacity)
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
        private readonly List<Slot> _ring = [];
        private int _hand;
        private long _version;

        public int Count
        {
            get
            {
                lock (_lock)
                {
                    return _ring.Count;
                }
            }
        }

        public LedgerView Look(string id)
        {
            lock (_lock)
            {
                if (!_slots.TryGetValue(id, out var slot))
                {
                    return default;
                }

                slot.Used = true;
                return new LedgerView(slot.Rows, slot.ReadAtMs, slot.Version);
            }
        }

        public void Put(LedgerRow row)
        {
            lock (_lock)
            {
                var slot = _slots.GetValueOrDefault(row.Entry.Id) ?? Add(row.Entry.Id);
                slot.Rows = [.. slot.Rows.Where(other => other.Entry.Provider != row.Entry.Provider), row];
                slot.Version = ++_version;
            }
        }

        public void Fill(string id, ImmutableArray<LedgerRow> rows, long version, long readAtMs)
        {
            lock (_lock)
            {
                var slot = _slots.GetValueOrDefault(id);
                if ((slot?.Version ?? 0) != version || (slot is null && rows.IsEmpty))
                {
                    return;
                }

                slot ??= Add(id);
                slot.Rows = rows;
                slot.ReadAtMs = readAtMs;
                slot.Version = ++_version;
            }
        }

        public LedgerRow? Nearest(LedgerPosition position, long nowMs)
        {
            LedgerRow? nearest = null;
            lock (_lock)
            {
                foreach (var slot in _ring)
                {
                    foreach (var row in slot.Rows)
                    {
                        if (position.IsAfter(row.Entry) && row.IsKnown(nowMs))
                        {
                            nearest = position.Nearer(nearest, row);
                        }
                    }
                }
            }

            return nearest;
        }

        private Slot Add(string id)
        {
            var slot = new Slot(id);
            if (_ring.Count < capacity)
            {
                _ring.Add(slot);
            }
            else
            {
                while (_ring[_hand].Used)
                {
                    _ring[_hand].Used = false;
                    _hand = (_hand + 1) % capacity;
                }

                _slots.Remove(_ring[_hand].Id);
                _ring[_hand] = slot;
                _hand = (_hand + 1) % capacity;
            }

            _slots.Add(id, slot);
            return slot;
        }
    }
}
