using System.Collections.Immutable;

namespace Gateway.Ledger;

/// <summary>Where entries outlive the process. No member throws for the store's own trouble; each says instead that it was not reached.</summary>
internal interface ILedgerStore : IAsyncDisposable
{
    /// <summary>An unchanged entry is written again after this time, to renew its retention or to mend a store that lost it.</summary>
    TimeSpan RewriteAfter { get; }

    /// <summary>Calls back whenever the store may have lost what it had, or can be reached again.</summary>
    void WhenRenewed(Action callback);

    /// <summary>Rows of an id, outdated tombstones included; the default array when the store was not reached.</summary>
    ValueTask<ImmutableArray<LedgerRow>> ReadAsync(string id, CancellationToken cancellationToken);

    /// <summary>The known row nearest before a place.</summary>
    ValueTask<(bool Reached, LedgerRow? Row)> NearestAsync(LedgerPosition position, CancellationToken cancellationToken);

    /// <summary>Makes changes in their order, of several calls in the order of the calls. Making one twice does no harm.</summary>
    /// <returns>How many from the front were made.</returns>
    Task<int> WriteAsync(IReadOnlyList<LedgerChange> changes);

    /// <summary>Removes what is past its retention.</summary>
    ValueTask PruneAsync(CancellationToken cancellationToken);
}
