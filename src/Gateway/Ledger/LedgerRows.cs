using System.Collections.Immutable;

namespace Gateway.Ledger;

/// <summary>Rows of one id.</summary>
internal static class LedgerRows
{
    /// <summary>Their entries, without outdated tombstones.</summary>
    public static IReadOnlyList<LedgerEntry> Known(ImmutableArray<LedgerRow> rows, long nowMs) =>
        // Nearly always one, on the way of every call.
        rows is [var only]
            ? only.IsKnown(nowMs) ? [only.Entry] : []
            : [.. rows.Where(row => row.IsKnown(nowMs)).Select(row => row.Entry)];

    /// <summary>What they will be after these changes.</summary>
    public static ImmutableArray<LedgerRow> Overlay(ImmutableArray<LedgerRow> rows, IReadOnlyList<LedgerChange> changes)
    {
        foreach (var change in changes)
        {
            var old = rows.FirstOrDefault(row => row.Entry.Provider == change.Provider);
            if (change.Apply(old) is { } row)
            {
                rows = old is null ? rows.Add(row) : rows.Replace(old, row);
            }
        }

        return rows;
    }
}
