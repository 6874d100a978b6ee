using System.Buffers;
using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Surface;

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

/// <summary>Merges sources exactly: the same items in the same order as one list would have, whatever the page size.</summary>
internal static class ListMerge
{
    /// <summary>Reads as many pages of each source as the answer needs, the sources side by side.</summary>
    public static async ValueTask<MergedPage> RunAsync(
        IReadOnlyList<ListSource> sources, int limit, ListOrder order, CancellationToken cancellationToken)
    {
        // The first fetch of every source is needed in any case; later ones only where the merge gets that far.
        var heads = await Task.WhenAll(sources.Select(source => source.PeekAsync(cancellationToken).AsTask()));
        var items = new List<ListItem>(limit);
        while (true)
        {
            var first = -1;
            for (var i = 0; i < heads.Length; i++)
            {
                if (heads[i] is { } head && (first < 0 || head.Place.CompareTo(heads[first]!.Value.Place, order) < 0))
                {
                    first = i;
                }
            }

            if (first < 0 || items.Count == limit)
            {
                return new MergedPage(items, first >= 0);
            }

            // Two keys of one account show the same containers; side by side in the order, they are counted once.
            if (items.Count == 0 || items[^1].Id != heads[first]!.Value.Id)
            {
                items.Add(heads[first]!.Value);
            }

            sources[first].Advance();
            heads[first] = null;
            if (items.Count == limit && heads.Any(head => head is not null))
            {
                return new MergedPage(items, HasMore: true);
            }

            heads[first] = await sources[first].PeekAsync(cancellationToken);
        }
    }
}
