namespace Gateway.Ledger;

/// <summary>Changes that a store out of reach has yet to make: at most one for an id and provider, the newest.</summary>
/// <param name="capacity">Most changes kept.</param>
internal sealed class LedgerBacklog(int capacity)
{
    private readonly Lock _lock = new();
    private Dictionary<(string Id, string Provider), LedgerChange> _waiting = [];
    private int _leaving;

    /// <summary>Changes not yet in the store; those being written right now still count.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count + _leaving;
            }
        }
    }

    /// <summary>Adds a change, or makes it part of one that waits. False when there is no room.</summary>
    public bool TryAdd(LedgerChange change)
    {
        lock (_lock)
        {
            var isKnown = _waiting.TryGetValue((change.Id, change.Provider), out var older);
            if (!isKnown && _waiting.Count + _leaving >= capacity)
            {
                return false;
            }

            _waiting[(change.Id, change.Provider)] = isKnown ? change.After(older!) : change;
            return true;
        }
    }

    /// <summary>Takes everything that waits. Only one taker at a time; each ends with <see cref="Settle"/>.</summary>
    public IReadOnlyList<LedgerChange> Take()
    {
        lock (_lock)
        {
            LedgerChange[] taken = [.. _waiting.Values];
            (_waiting, _leaving) = ([], taken.Length);
            return taken;
        }
    }

    /// <summary>Drops what was written and queues the rest again, as older than what came in the meantime.</summary>
    public void Settle(IEnumerable<LedgerChange> unwritten)
    {
        lock (_lock)
        {
            _leaving = 0;
            foreach (var change in unwritten)
            {
                var key = (change.Id, change.Provider);
                _waiting[key] = _waiting.TryGetValue(key, out var newer) ? newer.After(change) : change;
            }
        }
    }
}
