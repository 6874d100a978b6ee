using System.Collections.Immutable;
using System.Threading.Channels;

namespace Gateway.Ledger;

/// <summary>
/// The ledger over a store: a bounded front answers for ids met lately, writes are in memory at once and in the store soon after, and the store's
/// failures end here.
/// </summary>
internal sealed class StoredLedger : ILedger
{
    private const int FrontCapacity = 100_000;
    private const int BacklogCapacity = 20_000;

    private static readonly long s_trustMs = (long)TimeSpan.FromSeconds(30).TotalMilliseconds;
    private static readonly long s_touchMs = (long)TimeSpan.FromDays(1).TotalMilliseconds;
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_prune = TimeSpan.FromHours(1);

    private readonly ILedgerStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly LedgerFront _front;
    private readonly LedgerBacklog _backlog;
    private readonly LedgerWatch _watch;
    private readonly Lock[] _order = [.. Enumerable.Range(0, 32).Select(_ => new Lock())];
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _closing = new();
    private readonly PeriodicTimer _timer;
    private readonly long _started;
    private readonly Task _writing;
    private readonly Task _ticking;
    private long _distrustedMs;
    private long _dropped;

    /// <summary>Starts the background work. The ledger owns the store.</summary>
    public StoredLedger(
        ILedgerStore store, TimeProvider time, ILogger<StoredLedger> logger, int frontCapacity = FrontCapacity, int backlogCapacity = BacklogCapacity)
    {
        _store = store;
        _time = time;
        _logger = logger;
        _front = new LedgerFront(frontCapacity);
        _backlog = new LedgerBacklog(backlogCapacity);
        _watch = new LedgerWatch(time, logger);
        _timer = new PeriodicTimer(s_retry, time);
        _started = time.GetTimestamp();
        store.WhenRenewed(Renew);
        _writing = Task.Run(WriteBehindAsync);
        _ticking = Task.Run(TickAsync);
    }

    /// <inheritdoc/>
    public LedgerHealth Health => _watch.Health;

    /// <summary>Changes the store does not have yet.</summary>
    public int Pending => _backlog.Count;

    /// <summary>Changes the store never got because it was out of reach for too many of them.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LedgerEntry>> FindAsync(string id, CancellationToken cancellationToken)
    {
        var now = NowMs;
        var seen = _front.Look(id);
        if (seen.Rows is { IsDefaultOrEmpty: false } && seen.ReadAtMs > Math.Max(now - s_trustMs, Interlocked.Read(ref _distrustedMs)))
        {
            return LedgerRows.Known(seen.Rows, now);
        }

        // The order matters: a change leaves the backlog only after the store has it.
        var pending = _backlog.Find(id);
        var stored = await _store.ReadAsync(id, cancellationToken);
        _watch.Note(!stored.IsDefault);
        if (stored.IsDefault)
        {
            return LedgerRows.Known(LedgerRows.Overlay(seen.Rows.IsDefault ? [] : seen.Rows, pending), now);
        }

        var rows = LedgerRows.Overlay(stored, pending);
        _front.Fill(id, rows, seen.Version, now);
        Touch(rows, now);
        return LedgerRows.Known(rows, now);
    }

    /// <inheritdoc/>
    public async ValueTask RememberAsync(IReadOnlyList<LedgerEntry> entries, CancellationToken cancellationToken)
    {
        var now = NowMs;
        var written = Math.Max(now - (long)_store.RewriteAfter.TotalMilliseconds, Interlocked.Read(ref _distrustedMs));
        foreach (var entry in entries)
        {
            await ChangeAsync(
                entry.Id,
                entry.Provider,
                known => known?.Entry == entry && known.TouchedAtMs > written && known.IsKnown(now)
                    ? null
                    : new LedgerChange(entry.Id, entry.Provider, LedgerRow.Of(entry, now), now),
                cancellationToken);
        }
    }

    /// <inheritdoc/>
    public ValueTask ForgetAsync(string id, string provider, CancellationToken cancellationToken)
    {
        var now = NowMs;
        return ChangeAsync(
            id,
            provider,
            known => known is { Entry.Deleted: true, TouchedAtMs: > 0 }
                ? null
                : new LedgerChange(id, provider, known is null ? null : known.Buried(now) with { TouchedAtMs = now }, now),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask<LedgerEntry?> NearestAsync(
        string provider, string account, long createdAt, bool descending, CancellationToken cancellationToken)
    {
        var now = NowMs;
        var position = new LedgerPosition(provider, account, createdAt, descending);
        var pending = _backlog.OfProvider(provider);
        var replaced = pending.Values.Where(change => change.Row is not null).Select(change => change.Id).ToHashSet(StringComparer.Ordinal);
        var (reached, nearest) = await _store.NearestAsync(position, replaced, cancellationToken);
        _watch.Note(reached);
        if (!reached)
        {
            nearest = _front.Nearest(position, now);
        }

        if (nearest is not null && pending.TryGetValue(nearest.Entry.Id, out var later))
        {
            nearest = later.Apply(nearest);
        }

        foreach (var row in pending.Values.Select(change => change.Row).OfType<LedgerRow>())
        {
            if (position.IsAfter(row.Entry) && row.IsKnown(now))
            {
                nearest = position.Nearer(nearest, row);
            }
        }

        return nearest?.Entry;
    }

    /// <summary>Writes what waits, as far as the store can be reached.</summary>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var batch = _backlog.Take();
            var written = 0;
            try
            {
                written = batch.Count == 0 ? 0 : await _store.WriteAsync(batch, cancellationToken);
            }
            finally
            {
                _backlog.Settle(batch.Skip(written));
            }

            if (batch.Count > 0)
            {
                _watch.Note(written == batch.Count);
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
        await Task.WhenAll(_writing, _ticking);
        _timer.Dispose();
        await FlushAsync(CancellationToken.None);
        if (_backlog.Count is > 0 and var lost)
        {
            _logger.ChangesLost(lost);
        }

        await _store.DisposeAsync();
        _closing.Dispose();
    }

    private async ValueTask ChangeAsync(string id, string provider, Func<LedgerRow?, LedgerChange?> decide, CancellationToken cancellationToken)
    {
        if (TryChange(id, provider, decide))
        {
            return;
        }

        // The store is slower than the writers, or away: wait for one turn, then rather lose a change than hold up calls or grow.
        await FlushAsync(cancellationToken);
        if (!TryChange(id, provider, decide))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    private bool TryChange(string id, string provider, Func<LedgerRow?, LedgerChange?> decide)
    {
        bool added;
        lock (_order[(uint)id.GetHashCode(StringComparison.Ordinal) % (uint)_order.Length])
        {
            if (decide(_front.Find(id, provider)) is not { } change)
            {
                return true;
            }

            added = _backlog.TryAdd(change);
            if (change.Row is { } row)
            {
                // Without a place in the backlog this process still knows it, and its next mention tries to store it again.
                _front.Put(added ? row : row with { TouchedAtMs = 0 });
            }
        }

        _wake.Writer.TryWrite(true);
        return added;
    }

    // What is asked for stays, even when no list mentions it for as long as the retention.
    private void Touch(ImmutableArray<LedgerRow> rows, long nowMs)
    {
        foreach (var row in rows.Where(row => !row.Entry.Deleted && row.TouchedAtMs < nowMs - s_touchMs))
        {
            TryChange(
                row.Entry.Id,
                row.Entry.Provider,
                known => known == row ? new LedgerChange(row.Entry.Id, row.Entry.Provider, row with { TouchedAtMs = nowMs }, nowMs) : null);
        }
    }

    private void Renew()
    {
        // Before anyone can read that it is well.
        Interlocked.Exchange(ref _distrustedMs, NowMs);
        _watch.Note(true);
        _wake.Writer.TryWrite(true);
    }

    private async Task WriteBehindAsync()
    {
        try
        {
            while (await _wake.Reader.WaitToReadAsync(_closing.Token))
            {
                _wake.Reader.TryRead(out _);
                await FlushAsync(_closing.Token);
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
        }
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
                    _wake.Writer.TryWrite(true);
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
