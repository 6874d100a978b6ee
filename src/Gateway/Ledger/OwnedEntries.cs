namespace Gateway.Ledger;

/// <summary>What a tenant owns of the ids that were asked for.</summary>
/// <param name="Entries">By id; tombstones included.</param>
/// <param name="IsComplete">False when the store was not reached, and an id that is not among them may be the tenant's all the same.</param>
internal sealed record OwnedEntries(IReadOnlyDictionary<string, LedgerEntry> Entries, bool IsComplete)
{
    /// <summary>Whether a container is there and the tenant's.</summary>
    public bool Has(string id) => Entries.TryGetValue(id, out var entry) && !entry.Deleted;
}
