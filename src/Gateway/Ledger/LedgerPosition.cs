namespace Gateway.Ledger;

/// <summary>A place in the list of one account, and the direction the list runs in.</summary>
internal readonly record struct LedgerPosition(string Provider, string Account, long CreatedAt, bool Descending)
{
    /// <summary>Whether an entry belongs to this list and comes before this place.</summary>
    public bool IsAfter(LedgerEntry entry) =>
        entry.CreatedAt > 0 && (Descending ? entry.CreatedAt > CreatedAt : entry.CreatedAt < CreatedAt)
        && entry.Account == Account && entry.Provider == Provider;

    /// <summary>
    /// The one of two rows before this place that is nearer to it. Ids decide between equal times, so that every store answers alike.
    /// </summary>
    public LedgerRow? Nearer(LedgerRow? one, LedgerRow? other)
    {
        if (one is null || other is null)
        {
            return one ?? other;
        }

        var order = one.Entry.CreatedAt != other.Entry.CreatedAt
            ? one.Entry.CreatedAt.CompareTo(other.Entry.CreatedAt)
            : string.CompareOrdinal(one.Entry.Id, other.Entry.Id);
        return (Descending ? order <= 0 : order >= 0) ? one : other;
    }
}
