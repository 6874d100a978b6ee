namespace Gateway.Ledger;

/// <content>What is asked of the ledger, and owners that wait for its store.</content>
internal sealed partial class StoredLedger
{
    private static readonly long s_trustMs = (long)TimeSpan.FromSeconds(30).TotalMilliseconds;

    /// <summary>For questions of a tenant: how long it may see what an operator has given to another.</summary>
    private static readonly long s_ownerTrustMs = (long)TimeSpan.FromSeconds(5).TotalMilliseconds;

    private static readonly long s_touchMs = (long)TimeSpan.FromDays(1).TotalMilliseconds;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LedgerEntry>> FindAsync(string id, CancellationToken cancellationToken) => FindAsync(id, null, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<LedgerEntry>> FindAsync(string id, string? owner, CancellationToken cancellationToken)
    {
        var now = NowMs;
        var view = _front.Look(id);
        if (!IsTrusted(view, owner, null, now))
        {
            view = (await ReadAsync([id], owner, now, cancellationToken)).Views[0];
        }

        var known = view.Known(now);
        return owner is null || known.Count == 0 ? known : [.. known.Where(entry => entry.Tenant == owner)];
    }

    /// <inheritdoc/>
    public async ValueTask<OwnedEntries> OwnedAsync(
        string owner, string provider, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var now = NowMs;
        var own = new Dictionary<string, LedgerEntry>(StringComparer.Ordinal);
        var asked = new List<string>();
        foreach (var id in ids)
        {
            var view = _front.Look(id);
            if (IsTrusted(view, owner, provider, now))
            {
                Take(view);
            }
            else
            {
                asked.Add(id);
            }
        }

        var isReached = true;
        if (asked.Count > 0)
        {
            (isReached, var views) = await ReadAsync(asked, owner, now, cancellationToken);
            views.ForEach(Take);
        }

        return new OwnedEntries(own, isReached || own.Count == ids.Count);

        void Take(LedgerView view)
        {
            if (view.Of(provider) is { } row && row.IsKnown(now) && row.Entry.Tenant == owner)
            {
                own[row.Entry.Id] = row.Entry;
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<AdoptedContainers?> AdoptedAsync(string? known, CancellationToken cancellationToken) =>
        _store.AdoptedAsync(known, cancellationToken);

    private bool IsTrusted(LedgerView view, string? owner, string? provider, long nowMs) =>
        !view.Rows.IsEmpty && (owner is null || view.Shows(owner, provider))
        && view.ReadAtMs > Math.Max(nowMs - (owner is null ? s_trustMs : s_ownerTrustMs), Interlocked.Read(ref _distrustedMs));

    /// <summary>Takes over what the store has of these ids; when it is not reached they are as they were known.</summary>
    private async ValueTask<(bool IsReached, List<LedgerView> Views)> ReadAsync(
        List<string> ids, string? owner, long nowMs, CancellationToken cancellationToken)
    {
        var views = ids.Select(_front.Look).ToList();
        var stored = await _store.ReadAsync(ids, cancellationToken);
        _watch.Note(!stored.IsDefault);
        if (stored.IsDefault)
        {
            return (false, views);
        }

        var rows = stored.ToLookup(row => row.Entry.Id, StringComparer.Ordinal);
        for (var i = 0; i < views.Count; i++)
        {
            var view = views[i].Over([.. rows[ids[i]]], nowMs);
            _front.Fill(ids[i], views[i], view);
            views[i] = view;
        }

        // What is asked for by its owner stays, even when no list mentions it for as long as the retention.
        var old = views.SelectMany(view => view.Rows)
            .Where(row => !row.Entry.Deleted && row.IsStored && row.TouchedAtMs < nowMs - s_touchMs && (owner is null || row.Entry.Tenant == owner))
            .Select(row => new LedgerChange(row.Entry.Id, row.Entry.Provider, row with { TouchedAtMs = nowMs }, nowMs)).ToList();
        if (old.Count > 0)
        {
            await ChangeAsync(old, cancellationToken);
        }

        return (true, views);
    }

    /// <summary>Owners that the store did not take are on this machine's disk before the call returns.</summary>
    private async ValueTask NoteAsync(IEnumerable<LedgerChange> unwritten)
    {
        if (_journal is not null && Owners(unwritten) is { Count: > 0 } rows)
        {
            await _journal.AddAsync(rows);
        }
    }

    /// <summary>The store has them now.</summary>
    private async ValueTask StrikeAsync(IEnumerable<LedgerChange> written)
    {
        if (_journal is { IsEmpty: false } && Owners(written) is { Count: > 0 } rows)
        {
            await _journal.RemoveAsync(rows);
        }
    }

    /// <summary>Has owners wait again that another process of this directory, or a backlog without room, has left.</summary>
    private void Recall()
    {
        foreach (var row in _journal?.Read() ?? [])
        {
            if (_backlog.TryAdd(new LedgerChange(row.Entry.Id, row.Entry.Provider, row, row.TouchedAtMs)))
            {
                _front.Put(row.Unstored());
            }
        }
    }

    private static List<LedgerRow> Owners(IEnumerable<LedgerChange> changes) =>
        [.. changes.Select(change => change.Row).OfType<LedgerRow>().Where(row => row.Entry is { Tenant: not null, Deleted: false })];
}
