using System.Collections.Concurrent;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Translation;

/// <summary>An object's place in a list: by time, then by a key that no two have in common.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Time">Its time, in any unit.</param>
/// <param name="Key">What decides between equal times, such as a path.</param>
internal sealed record ListPosition(string Id, long Time, string Key)
{
    /// <summary>The order of a list: negative when one comes first.</summary>
    public static int Compare(ListPosition one, ListPosition other) =>
        one.Time.CompareTo(other.Time) is not 0 and var order ? order : string.CompareOrdinal(one.Key, other.Key);
}

/// <summary>A page of a list that its provider only gives as a whole, in no order.</summary>
internal static class WholeList
{
    /// <summary>Sorts and slices; throws <see cref="TranslationRefusedException"/> (400) for a cursor that leads nowhere.</summary>
    /// <param name="all">Everything there is.</param>
    /// <param name="query">The page.</param>
    /// <param name="positionOf">Where an object belongs.</param>
    /// <param name="recall">Where an object belonged that is not in the list any more, or null.</param>
    public static TranslatedPage<T> Page<T>(IEnumerable<T> all, PageQuery query, Func<T, ListPosition> positionOf, Func<string, ListPosition?> recall)
    {
        var direction = query.Order == ListOrder.Ascending ? 1 : -1;
        var placed = all.Select(item => (Item: item, Position: positionOf(item))).ToList();
        placed.Sort((one, other) => direction * ListPosition.Compare(one.Position, other.Position));
        var cursor = query.After is { } after
            ? placed.Find(item => item.Position.Id == after).Position ?? recall(after) ?? throw TranslatedErrors.UnknownCursor(after)
            : null;

        // One more than asked for tells whether there is more.
        var rest = placed.Where(item => cursor is null || direction * ListPosition.Compare(item.Position, cursor) > 0).Take(query.Limit + 1).ToList();
        return new TranslatedPage<T>([.. rest.Take(query.Limit).Select(item => item.Item)], rest.Count > query.Limit);
    }
}

/// <summary>Places of objects deleted of late, so that a client that deletes a page can go on behind it. Only this instance knows them.</summary>
internal sealed class DeletedPositions
{
    private const int Capacity = 10_000;

    private readonly ConcurrentDictionary<(string List, string Id), ListPosition> _places = new();
    private readonly ConcurrentQueue<(string List, string Id)> _order = new();

    /// <summary>Remembers a place in a list, and forgets the oldest beyond the capacity.</summary>
    /// <param name="list">Which list: a container's id for its files. Nobody learns of what was deleted in another one.</param>
    /// <param name="place">The place.</param>
    public void Add(string list, ListPosition place)
    {
        _places[(list, place.Id)] = place;
        _order.Enqueue((list, place.Id));
        while (_order.Count > Capacity && _order.TryDequeue(out var oldest))
        {
            _places.TryRemove(oldest, out _);
        }
    }

    /// <summary>The place of an object deleted from this list, or null.</summary>
    public ListPosition? Find(string list, string id) => _places.GetValueOrDefault((list, id));
}
