namespace Gateway.Ledger;

/// <summary>
/// Remembers which account owns a container. It may forget, and an unknown id costs the caller a search, but it never answers with an owner nobody
/// told it. No member fails because a store does; only the caller's token ends a call early. Safe to use from many threads.
/// </summary>
internal interface ILedger : IAsyncDisposable
{
    /// <summary>The state of the store.</summary>
    LedgerHealth Health { get; }

    /// <summary>
    /// Every known owner of an id, tombstones included; several only when providers use the same id. Empty when unknown or when the store is out of
    /// reach. What another process wrote is seen at most 30 seconds late.
    /// </summary>
    ValueTask<IReadOnlyList<LedgerEntry>> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>
    /// As <see cref="FindAsync(string, CancellationToken)"/>, of one tenant's alone. One that is not known here as the tenant's is asked of the
    /// store, whether it is another's or unknown: both take the same time, and an adoption counts at once. What was taken from a tenant goes within
    /// five seconds.
    /// </summary>
    /// <param name="id">The id.</param>
    /// <param name="owner">The tenant's id; null for every owner's and nobody's.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<IReadOnlyList<LedgerEntry>> FindAsync(string id, string? owner, CancellationToken cancellationToken);

    /// <summary>Which of these ids a tenant owns at a provider, with at most one question to the store.</summary>
    ValueTask<OwnedEntries> OwnedAsync(string owner, string provider, IReadOnlyList<string> ids, CancellationToken cancellationToken);

    /// <summary>
    /// Adds or replaces entries by id and provider; of those that live the owner stays. Costs next to nothing for those that have not changed.
    /// </summary>
    ValueTask RememberAsync(IReadOnlyList<LedgerEntry> entries, CancellationToken cancellationToken);

    /// <inheritdoc cref="ILedgerStore.AdoptedAsync"/>
    ValueTask<AdoptedContainers?> AdoptedAsync(string? known, CancellationToken cancellationToken);

    /// <summary>Turns an entry into a tombstone, kept for 24 hours so that a list can go on behind a deleted container.</summary>
    ValueTask ForgetAsync(string id, string provider, CancellationToken cancellationToken);

    /// <summary>
    /// The entry, tombstone or not, just before a time in the order of a list: with <paramref name="descending"/> the oldest of those created after
    /// <paramref name="createdAt"/>, else the newest of those created before it. Null when none is known. Entries without a creation time do not
    /// count.
    /// </summary>
    ValueTask<LedgerEntry?> NearestAsync(string provider, string account, long createdAt, bool descending, CancellationToken cancellationToken);
}
