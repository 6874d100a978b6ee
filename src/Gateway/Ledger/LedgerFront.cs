using System.Collections.Immutable;
using BitFaster.Caching.Lru;

namespace Gateway.Ledger;

/// <summary>What the front has of an id.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="ReadAtMs">When all rows of the id were read from the store, in Unix milliseconds; 0 when they never were.</param>
internal sealed record LedgerView(ImmutableArray<LedgerRow> Rows, long ReadAtMs)
{
    /// <summary>Of an id the front does not have.</summary>
    public static readonly LedgerView Empty = new([], 0);

    /// <summary>The row of a provider, or null.</summary>
    public LedgerRow? Of(string provider) => Rows.FirstOrDefault(row => row.Entry.Provider == provider);

    /// <summary>The entries, without outdated tombstones.</summary>
    public IReadOnlyList<LedgerEntry> Known(long nowMs) =>
        // Nearly always one, on the way of every call.
        Rows is [var only]
            ? only.IsKnown(nowMs) ? [only.Entry] : []
            : [.. Rows.Where(row => row.IsKnown(nowMs)).Select(row => row.Entry)];

    /// <summary>Whether a tenant owns one of its rows, of this provider or of any for null.</summary>
    public bool Shows(string owner, string? provider) =>
        Rows.Any(row => row.Entry.Tenant == owner && (provider is null || row.Entry.Provider == provider));

    /// <summary>The view with one more or another row.</summary>
    public LedgerView With(LedgerRow row) => this with
    {
        Rows = [.. Rows.Where(other => other.Entry.Provider != row.Entry.Provider), row.InPlaceOf(Of(row.Entry.Provider))],
    };

    /// <summary>What the store has, and over it what only this process knows.</summary>
    public LedgerView Over(ImmutableArray<LedgerRow> stored, long nowMs) =>
        Rows.Where(row => !row.IsStored).Aggregate(new LedgerView(stored, nowMs), (view, row) => view.With(row));
}

/// <summary>The ids met last, in memory. Those only told, as by a long list, make no room at the cost of those that are asked for.</summary>
/// <param name="capacity">Most ids kept.</param>
internal sealed class LedgerFront(int capacity)
{
    private readonly ConcurrentLru<string, Slot> _slots = new(Environment.ProcessorCount, capacity, StringComparer.Ordinal);

    /// <summary>Ids held now.</summary>
    public int Count => _slots.Count;

    /// <summary>What is known of an id.</summary>
    public LedgerView Look(string id) => _slots.TryGet(id, out var slot) ? slot.View : LedgerView.Empty;

    /// <summary>Adds or replaces one row.</summary>
    public void Put(LedgerRow row)
    {
        var slot = SlotOf(row.Entry.Id);
        for (var old = slot.View; !slot.TryChange(old, old.With(row)); old = slot.View)
        {
        }
    }

    /// <summary>Notes that the store has a row now, unless the row has changed since.</summary>
    public void Confirm(LedgerRow row)
    {
        if (Look(row.Entry.Id).Of(row.Entry.Provider) is { IsStored: false } known && known.Entry == row.Entry)
        {
            Put(row);
        }
    }

    /// <summary>Takes over what a store had of an id, unless the id changed here since <paramref name="seen"/>.</summary>
    public void Fill(string id, LedgerView seen, LedgerView next)
    {
        if (!next.Rows.IsEmpty || !seen.Rows.IsEmpty)
        {
            SlotOf(id).TryChange(seen, next);
        }
    }

    /// <summary>The row nearest before a place. Looks at every row: for the time a store is out of reach.</summary>
    public LedgerRow? Nearest(LedgerPosition position, long nowMs) =>
        _slots.SelectMany(pair => pair.Value.View.Rows)
            .Where(row => position.IsAfter(row.Entry) && row.IsKnown(nowMs))
            .Aggregate((LedgerRow?)null, position.Nearer);

    private Slot SlotOf(string id) => _slots.GetOrAdd(id, static _ => new Slot());

    private sealed class Slot
    {
        private LedgerView _view = LedgerView.Empty;

        public LedgerView View => Volatile.Read(ref _view);

        public bool TryChange(LedgerView old, LedgerView next) => Interlocked.CompareExchange(ref _view, next, old) == old;
    }
}
