using System.Text.Json;
using Gateway.Accounts;
using Gateway.Providers.Json;

namespace Gateway.Lists;

/// <summary>A source's page, taken apart into items whose bytes are untouched.</summary>
/// <param name="Items">In the source's order.</param>
/// <param name="HasMore">Whether the source has more behind the last item.</param>
internal sealed record ListPage(IReadOnlyList<ListItem> Items, bool HasMore)
{
    /// <summary>Reads a list envelope; null when it is none, or an item lacks an id or an integer creation time.</summary>
    public static ListPage? Read(ReadOnlyMemory<byte> json)
    {
        var items = new List<ListItem>();
        var areItems = true;
        var hasMore = false;
        var list = new MemberReader(json.Span);
        while (list.Next())
        {
            if (list.NameIs("has_more"u8))
            {
                hasMore = list.Type == JsonTokenType.True;
            }
            else if (list.NameIs("data"u8) && list.EnterArray())
            {
                while (list.Next())
                {
                    areItems &= TryReadItem(ref list, json, items);
                }
            }
        }

        return list.TryEnd(out _) && areItems ? new ListPage(items, hasMore) : null;
    }

    private static bool TryReadItem(ref MemberReader item, ReadOnlyMemory<byte> json, List<ListItem> items)
    {
        var start = item.ValueStart;
        if (!item.EnterObject() || JsonIdentity.Read(ref item) is not ({ } id, { } createdAt))
        {
            return false;
        }

        items.Add(new ListItem(createdAt, id, json[start..item.Position]));
        return true;
    }
}
