using System.Buffers;
using System.Text.Json;
using Gateway.Api;

namespace Gateway.Lists;

/// <summary>A merged page.</summary>
/// <param name="Items">At most the asked number, in order.</param>
/// <param name="HasMore">True if and only if there is an item behind them in a source that could be read.</param>
internal sealed record MergedPage(IReadOnlyList<ListItem> Items, bool HasMore)
{
    /// <summary>The page as a list envelope; items are copied as they are.</summary>
    public ReadOnlyMemory<byte> ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(256 + Items.Sum(item => item.Json.Length + 1));
        using var writer = new Utf8JsonWriter(buffer, ExtraFields.WriterOptions);
        writer.WriteStartObject();
        writer.WriteString("object"u8, "list"u8);
        writer.WriteStartArray("data"u8);
        foreach (var item in Items)
        {
            writer.WriteRawValue(item.Json.Span, skipInputValidation: true);
        }

        writer.WriteEndArray();
        writer.WriteString("first_id"u8, Items.Count > 0 ? Items[0].Id : null);
        writer.WriteString("last_id"u8, Items.Count > 0 ? Items[^1].Id : null);
        writer.WriteBoolean("has_more"u8, HasMore);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
