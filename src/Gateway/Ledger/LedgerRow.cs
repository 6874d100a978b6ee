namespace Gateway.Ledger;

/// <summary>An entry as a store keeps it.</summary>
/// <param name="Entry">The entry.</param>
/// <param name="TouchedAtMs">When it was last written, in Unix milliseconds; 0 when no store has it.</param>
/// <param name="DeletedAtMs">When it became a tombstone, in Unix milliseconds, or 0.</param>
internal sealed record LedgerRow(LedgerEntry Entry, long TouchedAtMs, long DeletedAtMs)
{
    /// <summary>How long an entry nobody touches is kept.</summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(90);

    /// <summary>How long a tombstone is kept.</summary>
    public static readonly TimeSpan TombstoneRetention = TimeSpan.FromHours(24);

    /// <summary>False while only this process knows it.</summary>
    public bool IsStored => TouchedAtMs > 0;

    /// <summary>A row for an entry told now.</summary>
    public static LedgerRow Of(LedgerEntry entry, long nowMs) => new(entry, nowMs, entry.Deleted ? nowMs : 0);

    /// <summary>The tombstone of this row. A tombstone keeps its time.</summary>
    public LedgerRow Buried(long nowMs) => Entry.Deleted ? this : new(Entry with { Deleted = true }, nowMs, nowMs);

    /// <summary>This row while no store has it.</summary>
    public LedgerRow Unstored() => this with { TouchedAtMs = 0 };

    /// <summary>
    /// This row in the place of another: the owner of what lives stays, whoever mentions it; that of a tombstone unless there is a new one.
    /// </summary>
    public LedgerRow InPlaceOf(LedgerRow? older)
    {
        var owner = older is null ? Entry.Tenant : older.Entry.Deleted ? Entry.Tenant ?? older.Entry.Tenant : older.Entry.Tenant ?? Entry.Tenant;
        return owner == Entry.Tenant ? this : this with { Entry = Entry with { Tenant = owner } };
    }

    /// <summary>False for a tombstone whose time is up.</summary>
    public bool IsKnown(long nowMs) => !Entry.Deleted || nowMs - DeletedAtMs < (long)TombstoneRetention.TotalMilliseconds;
}

/// <summary>A write that a store has yet to make.</summary>
/// <param name="Id">Id of the entry.</param>
/// <param name="Provider">Provider of the entry.</param>
/// <param name="Row">The new row; null to bury whatever row the store has.</param>
/// <param name="AtMs">When it was told, in Unix milliseconds.</param>
internal sealed record LedgerChange(string Id, string Provider, LedgerRow? Row, long AtMs)
{
    /// <summary>The row after this change.</summary>
    public LedgerRow? Apply(LedgerRow? row) => Row?.InPlaceOf(row) ?? row?.Buried(AtMs);

    /// <summary>One change that does what this one does after <paramref name="older"/>.</summary>
    public LedgerChange After(LedgerChange older) => this with { Row = Row is null ? older.Row?.Buried(AtMs) : Row.InPlaceOf(older.Row) };
}
