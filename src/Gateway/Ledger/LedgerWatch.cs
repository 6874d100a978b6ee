namespace Gateway.Ledger;

/// <summary>Follows whether the store answers, and logs each change once.</summary>
internal sealed class LedgerWatch(TimeProvider time, ILogger logger)
{
    private readonly Lock _lock = new();
    private volatile LedgerHealth _health = new(LedgerState.Ok, time.GetUtcNow());

    /// <summary>The state now.</summary>
    public LedgerHealth Health => _health;

    /// <summary>Takes note of one try.</summary>
    public void Note(bool reached)
    {
        var state = reached ? LedgerState.Ok : LedgerState.Degraded;
        if (_health.State == state)
        {
            return;
        }

        lock (_lock)
        {
            if (_health.State == state)
            {
                return;
            }

            _health = new LedgerHealth(state, time.GetUtcNow());
        }

        if (reached)
        {
            logger.LedgerRecovered();
        }
        else
        {
            logger.LedgerDegraded();
        }
    }
}
