using Gateway.Providers.Contract;

namespace Gateway.Lists;

/// <summary>One object of a list, with its place in the merged order and its bytes as the source wrote them.</summary>
internal readonly record struct ListItem(long CreatedAt, string Id, ReadOnlyMemory<byte> Json)
{
    /// <summary>The item's place.</summary>
    public ListPlace ListPosition => new(CreatedAt, Id);
}

/// <summary>A place in the order of a merged list: creation time, then id. Total, so that every item has exactly one.</summary>
internal readonly record struct ListPlace(long CreatedAt, string Id)
{
    /// <summary>Negative when this place comes before the other one in the asked order.</summary>
    public int CompareTo(ListPlace other, ListOrder order)
    {
        var ascending = CreatedAt != other.CreatedAt ? CreatedAt.CompareTo(other.CreatedAt) : string.CompareOrdinal(Id, other.Id);
        return order == ListOrder.Ascending ? ascending : -ascending;
    }
}
