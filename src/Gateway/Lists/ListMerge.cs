using Gateway.Providers.Contract;

namespace Gateway.Lists;

/// <summary>Merges sources exactly: the same items in the same order as one list would have, whatever the page size.</summary>
internal static class ListMerge
{
    /// <summary>Sources read at the same time.</summary>
    public const int MaxParallel = 16;

    /// <summary>Reads as many pages of each source as the answer needs, and no more.</summary>
    public static async ValueTask<MergedPage> RunAsync(
        IReadOnlyList<ListSource> sources, int limit, ListOrder order, CancellationToken cancellationToken)
    {
        // The first fetch of every source is needed in any case; later ones only where the merge gets that far.
        var heads = await FirstAsync(sources, cancellationToken);
        var items = new List<ListItem>(limit);
        string? group = null;
        while (Next(heads, order) is var next and >= 0)
        {
            var head = heads[next]!.Value;

            // Two keys of one account show the same containers; side by side in the order, they are counted once.
            var isRepeated = items.Count > 0 && items[^1].Id == head.Id && group == sources[next].Group;
            if (!isRepeated && items.Count == limit)
            {
                return new MergedPage(items, HasMore: true);
            }

            if (!isRepeated)
            {
                items.Add(head);
                group = sources[next].Group;
            }

            sources[next].Advance();
            if (items.Count == limit && sources.Any(source => source.HoldsOther(items[^1].Id, group)))
            {
                return new MergedPage(items, HasMore: true);
            }

            heads[next] = await sources[next].PeekAsync(cancellationToken);
        }

        return new MergedPage(items, HasMore: false);
    }

    private static async Task<ListItem?[]> FirstAsync(IReadOnlyList<ListSource> sources, CancellationToken cancellationToken)
    {
        using var turn = new SemaphoreSlim(MaxParallel);
        return await Task.WhenAll(sources.Select(async source =>
        {
            await turn.WaitAsync(cancellationToken);
            try
            {
                return await source.PeekAsync(cancellationToken);
            }
            finally
            {
                turn.Release();
            }
        }));
    }

    /// <summary>Index of the first head in the order, or -1; of equal ones the first, so that sources of a group stay together.</summary>
    private static int Next(ListItem?[] heads, ListOrder order)
    {
        var first = -1;
        for (var i = 0; i < heads.Length; i++)
        {
            if (heads[i] is { } head && (first < 0 || head.ListPosition.CompareTo(heads[first]!.Value.ListPosition, order) < 0))
            {
                first = i;
            }
        }

        return first;
    }
}
