using System.Text.Json;
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
        if (!JsonMembers.TryFindEnd(json.Span, out _, out _))
        {
            return null;
        }

        var items = new List<ListItem>();
        var hasMore = false;
        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = JsonMembers.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("has_more"u8))
            {
                reader.Read();
                hasMore = reader.TokenType == JsonTokenType.True;
            }
            else if (reader.Is("data"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.StartArray && !ReadItems(ref reader, json, items))
                {
                    return null;
                }
            }
            else
            {
                reader.Read();
            }

            reader.Skip();
        }

        return new ListPage(items, hasMore);
    }

    private static bool ReadItems(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json, List<ListItem> items)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            var start = (int)reader.TokenStartIndex;
            string? id = null;
            long? createdAt = null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isId = reader.Is("id"u8);
                var isTime = reader.Is("created_at"u8);
                reader.Read();
                if (isId && reader.TokenType == JsonTokenType.String)
                {
                    id = reader.GetString();
                }
                else if (isTime && reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var seconds))
                {
                    createdAt = (long)seconds;
                }

                reader.Skip();
            }

            if (id is null || createdAt is null)
            {
                return false;
            }

            items.Add(new ListItem(createdAt.Value, id, json[start..(int)reader.BytesConsumed]));
        }

        return true;
    }
}
