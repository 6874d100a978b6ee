namespace Gateway.Ledger;

/// <summary>
/// The ledger over a store. A bounded front answers for ids met lately; what changes is in the store when the call returns. The store's failures end
/// here: what it does not take waits in a bounded backlog, and as long as something waits, everything later waits behind it.
/// </summary>
internal sealed partial class StoredLedger : ILedger
{
    private const int FrontCapacity = 100_000;
    private const int BacklogCapacity = 20_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_prune = TimeSpan.FromHours(1);

    private readonly ILedgerStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly LedgerFront _front;
    private readonly LedgerBacklog _backlog;
    private readonly LedgerWatch _watch;
    private readonly OwnerJournal? _journal;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly CancellationTokenSource _closing = new();
    private readonly PeriodicTimer _timer;
    private readonly long _started;
    private readonly Task _ticking;
    private long _distrustedMs;
    private long _dropped;

    /// <summary>Starts the background work. The ledger owns the store and the journal.</summary>
    /// <param name="store">The store.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of trouble.</param>
    /// <param name="frontCapacity">Most ids in memory.</param>
    /// <param name="backlogCapacity">Most changes that wait for the store.</param>
    /// <param name="journal">Keeps owners that wait for the store on this machine's disk; null where the store is that disk.</param>
    public StoredLedger(
        ILedgerStore store, TimeProvider time, ILogger<StoredLedger> logger, int frontCapacity = FrontCapacity, int backlogCapacity = BacklogCapacity,
        OwnerJournal? journal = null)
    {
        _store = store;
        _time = time;
        _logger = logger;
        _front = new LedgerFront(frontCapacity);
        _backlog = new LedgerBacklog(backlogCapacity);
        _watch = new LedgerWatch(time, logger);
        _journal = journal;
        Recall();
        _timer = new PeriodicTimer(s_retry, time);
        _started = time.GetTimestamp();
        store.WhenRenewed(Renew);
        _ticking = Task.Run(TickAsync);
    }

    /// <inheritdoc/>
    public LedgerHealth Health => _watch.Health;

    /// <summary>Changes the store did not take yet.</summary>
    public int Pending => _backlog.Count;

    /// <summary>Changes the store never got because it was out of reach for too many of them.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public ValueTask RememberAsync(IReadOnlyList<LedgerEntry> entries, CancellationToken cancellationToken)
    {
        var now = NowMs;
        var written = Math.Max(now - (long)_store.RewriteAfter.TotalMilliseconds, Interlocked.Read(ref _distrustedMs));
        List<LedgerChange>? changes = null;
        foreach (var entry in entries)
        {
            var known = _front.Look(entry.Id).Of(entry.Provider);
            var row = LedgerRow.Of(entry, now).InPlaceOf(known);
            if (known?.Entry != row.Entry || known.TouchedAtMs <= written || !known.IsKnown(now))
            {
                (changes ??= []).Add(new LedgerChange(entry.Id, entry.Provider, row, now));
            }
        }

        return changes is null ? ValueTask.CompletedTask : ChangeAsync(changes, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask ForgetAsync(string id, string provider, CancellationToken cancellationToken)
    {
        var now = NowMs;
        var known = _front.Look(id).Of(provider);
        return known is { Entry.Deleted: true, IsStored: true }
            ? ValueTask.CompletedTask
            : ChangeAsync(
                [new LedgerChange(id, provider, known is null ? null : known.Buried(now) with { TouchedAtMs = now }, now)], cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<LedgerEntry?> NearestAsync(
        string provider, string account, long createdAt, bool descending, CancellationToken cancellationToken)
    {
        var position = new LedgerPosition(provider, account, createdAt, descending);
        var (reached, nearest) = await _store.NearestAsync(position, cancellationToken);
        _watch.Note(reached);

        // Where both know a row, the front is never behind the store.
        return (reached && _backlog.Count == 0 ? nearest : position.Nearer(_front.Nearest(position, NowMs), nearest))?.Entry;
    }

    /// <summary>Writes what waits, as far as the store can be reached.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            while (_backlog.Take() is { Count: > 0 } batch && await WriteWaitingAsync(batch))
            {
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
        {
            return;
        }

        await _closing.CancelAsync();
        await _ticking;
        _timer.Dispose();
        await FlushAsync(CancellationToken.None);
        if (_backlog.Count is > 0 and var lost)
        {
            _logger.ChangesLost(lost);
        }

        await _store.DisposeAsync();
        if (_journal is not null)
        {
            await _journal.DisposeAsync();
        }

        _closing.Dispose();
    }

    /// <summary>Makes changes. The token ends the wait, never the work: who owns a container is worth knowing when its client has left.</summary>
    private ValueTask ChangeAsync(IReadOnlyList<LedgerChange> changes, CancellationToken cancellationToken)
    {
        var work = ChangeAsync(changes);
        return work.IsCompleted ? new ValueTask(work) : new ValueTask(work.WaitAsync(cancellationToken));
    }

    private async Task ChangeAsync(IReadOnlyList<LedgerChange> changes)
    {
        var written = _backlog.Count == 0 ? await TryWriteAsync(changes) : 0;
        await NoteAsync(changes.Skip(written));
        foreach (var (index, change) in changes.Index())
        {
            var isWritten = index < written;
            if (!isWritten && !_backlog.TryAdd(change))
            {
                // Rather lose a change than hold up calls or grow: this process still knows it, and its next mention tries to store it again.
                Interlocked.Increment(ref _dropped);
            }

            if (change.Row is { } row)
            {
                _front.Put(isWritten ? row : row.Unstored());
            }
        }
    }

    private async ValueTask<int> TryWriteAsync(IReadOnlyList<LedgerChange> changes)
    {
        var written = 0;
        try
        {
            // A disk that hangs keeps the work and is done with it some time; the same changes once more from the backlog do no harm then.
            written = await _store.WriteAsync(changes).WaitAsync(s_patience, _time);
        }
        catch (TimeoutException)
        {
        }

        _watch.Note(written == changes.Count);
        return written;
    }

    private async ValueTask<bool> WriteWaitingAsync(IReadOnlyList<LedgerChange> batch)
    {
        var written = 0;
        try
        {
            written = await _store.WriteAsync(batch);
        }
        finally
        {
            _backlog.Settle(batch.Skip(written));
        }

        _watch.Note(written == batch.Count);
        await StrikeAsync(batch.Take(written));
        foreach (var row in batch.Take(written).Select(change => change.Row).OfType<LedgerRow>())
        {
            _front.Confirm(row);
        }

        return written == batch.Count;
    }

    private void Renew()
    {
        // Before anyone can read that it is well.
        Interlocked.Exchange(ref _distrustedMs, NowMs);
        _watch.Note(true);
        _ = FlushAsync(CancellationToken.None).AsTask();
    }

    private async Task TickAsync()
    {
        var pruned = _started;
        try
        {
            while (await _timer.WaitForNextTickAsync(_closing.Token))
            {
                if (_backlog.Count > 0)
                {
                    await FlushAsync(_closing.Token);
                }

                if (_backlog.Count == 0)
                {
                    Recall();
                }

                if (_time.GetElapsedTime(pruned) >= s_prune)
                {
                    pruned = _time.GetTimestamp();
                    await _store.PruneAsync(_closing.Token);
                }
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
        }
    }
}
