using System.Collections.Immutable;

namespace Gateway.Ledger;

/// <summary>Where entries outlive the process. No member throws for the store's own trouble; each says instead that it was not reached.</summary>
internal interface ILedgerStore : IAsyncDisposable
{
    /// <summary>An unchanged entry is written again after this time, to renew its retention or to mend a store that lost it.</summary>
    TimeSpan RewriteAfter { get; }

    /// <summary>Calls back whenever the store may have lost what it had, or can be reached again.</summary>
    void WhenRenewed(Action callback);

    /// <summary>Rows of these ids, outdated tombstones included; the default array when the store was not reached.</summary>
    ValueTask<ImmutableArray<LedgerRow>> ReadAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken);

    /// <summary>The known row nearest before a place.</summary>
    ValueTask<(bool Reached, LedgerRow? Row)> NearestAsync(LedgerPosition position, CancellationToken cancellationToken);

    /// <summary>
    /// Makes changes in their order, of several calls in the order of the calls. Making one twice does no harm. The owner of a row that lives stays
    /// (<see cref="LedgerRow.InPlaceOf"/>).
    /// </summary>
    /// <returns>How many from the front were made.</returns>
    Task<int> WriteAsync(IReadOnlyList<LedgerChange> changes);

    /// <summary>Gives containers to a tenant, whosever they are, known or not; all or none of them.</summary>
    /// <returns>False when the store was not reached.</returns>
    ValueTask<bool> AdoptAsync(Adoption adoption, CancellationToken cancellationToken);

    /// <summary>What was given to tenants of the providers that keep the owner themselves.</summary>
    /// <param name="known">The version that the caller has, or null.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Null when nothing has changed since, or the store was not reached.</returns>
    ValueTask<AdoptedContainers?> AdoptedAsync(string? known, CancellationToken cancellationToken);

    /// <summary>Removes what is past its retention.</summary>
    ValueTask PruneAsync(CancellationToken cancellationToken);
}
