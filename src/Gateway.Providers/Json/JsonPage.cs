using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Providers.Json;

/// <summary>
/// Makes a provider's list what every OpenAI SDK can read: <c>object</c>, <c>data</c> (an array), <c>first_id</c>, <c>last_id</c>,
/// <c>has_more</c> (a boolean), always. A list that has them all keeps every byte.
/// </summary>
public static class JsonPage
{
    private static readonly JsonWriterOptions s_writer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Completes a list.</summary>
    /// <param name="json">What a stranger sent.</param>
    /// <param name="page">The complete list when the result is true.</param>
    /// <param name="shape">Its shape, when it came complete; looked out for <see cref="JsonMembers.ExtraFields"/>.</param>
    /// <returns>
    /// False when it is not a list at all: no valid JSON object, or <c>data</c> is neither an array of objects that have an <c>id</c> nor null (as Go
    /// writes an empty list), or there is an <c>error</c>.
    /// </returns>
    public static bool TryComplete(ReadOnlyMemory<byte> json, out ReadOnlyMemory<byte> page, out JsonShape? shape)
    {
        page = json;
        shape = null;
        var facts = Read(json.Span);
        if (!facts.IsList || !facts.NamesData)
        {
            return false;
        }

        if (facts.IsComplete)
        {
            shape = new JsonShape(facts.Close, IsEmpty: false, facts.HasExtraFields);
            return true;
        }

        var rest = json;
        rest = facts.HasObject ? rest : JsonMembers.Without(rest, "object"u8);
        rest = facts.HasData ? rest : JsonMembers.Without(rest, "data"u8);
        rest = facts.HasFirstId ? rest : JsonMembers.Without(rest, "first_id"u8);
        rest = facts.HasLastId ? rest : JsonMembers.Without(rest, "last_id"u8);
        rest = facts.HasHasMore ? rest : JsonMembers.Without(rest, "has_more"u8);
        JsonMembers.TryFindEnd(rest.Span, out var close, out var isEmpty);
        var output = new ArrayBufferWriter<byte>(rest.Length + 96);
        JsonMembers.Splice(output, rest.Span, close, isEmpty, MissingMembers(facts));
        page = output.WrittenMemory;
        return true;
    }

    private static ReadOnlySpan<byte> MissingMembers(Facts facts)
    {
        var buffer = new ArrayBufferWriter<byte>(96);
        using (var writer = new Utf8JsonWriter(buffer, s_writer))
        {
            writer.WriteStartObject();
            if (!facts.HasObject)
            {
                writer.WriteString("object"u8, "list"u8);
            }

            if (!facts.HasData)
            {
                writer.WriteStartArray("data"u8);
                writer.WriteEndArray();
            }

            if (!facts.HasFirstId)
            {
                writer.WriteString("first_id"u8, facts.FirstId);
            }

            if (!facts.HasLastId)
            {
                writer.WriteString("last_id"u8, facts.LastId);
            }

            if (!facts.HasHasMore)
            {
                writer.WriteBoolean("has_more"u8, false);
            }

            writer.WriteEndObject();
        }

        return buffer.WrittenSpan[1..^1];
    }

    private static Facts Read(ReadOnlySpan<byte> json)
    {
        var facts = new Facts { IsList = true };
        var list = new MemberReader(json);
        while (list.Next())
        {
            if (list.NameIs("object"u8))
            {
                facts.HasObject = list.Type == JsonTokenType.String;
            }
            else if (list.NameIs("data"u8))
            {
                facts.NamesData = true;
                facts.HasData = list.EnterArray();
                facts.IsList &= facts.HasData ? ReadItems(ref list, ref facts) : list.Type == JsonTokenType.Null;
            }
            else if (list.NameIs("error"u8))
            {
                facts.IsList &= list.Type == JsonTokenType.Null;
            }
            else if (list.NameIs("first_id"u8))
            {
                facts.HasFirstId = list.Type is JsonTokenType.String or JsonTokenType.Null;
                facts.FirstIdIsNull = list.Type == JsonTokenType.Null;
            }
            else if (list.NameIs("last_id"u8))
            {
                facts.HasLastId = list.Type is JsonTokenType.String or JsonTokenType.Null;
                facts.LastIdIsNull = list.Type == JsonTokenType.Null;
            }
            else if (list.NameIs("has_more"u8))
            {
                facts.HasHasMore = list.Type is JsonTokenType.True or JsonTokenType.False;
            }
            else
            {
                facts.HasExtraFields |= list.NameIs(JsonMembers.ExtraFields);
            }
        }

        facts.IsList &= list.TryEnd(out facts.Close);

        // A null beside items would stop the .NET SDK's paging, which follows last_id.
        facts.HasFirstId &= !(facts.FirstIdIsNull && facts.FirstId is not null);
        facts.HasLastId &= !(facts.LastIdIsNull && facts.LastId is not null);
        return facts;
    }

    private static bool ReadItems(ref MemberReader list, ref Facts facts)
    {
        facts.FirstId = null;
        facts.LastId = null;
        var areItems = true;
        while (list.Next())
        {
            var id = list.EnterObject() ? ReadId(ref list) : null;
            areItems &= id is not null;
            facts.FirstId ??= id;
            facts.LastId = id;
        }

        return areItems;
    }

    private static string? ReadId(ref MemberReader item)
    {
        string? id = null;
        while (item.Next())
        {
            id = item.NameIs("id"u8) && item.Type == JsonTokenType.String ? item.Text : id;
        }

        return id;
    }

    private struct Facts
    {
        public bool IsList;
        public bool NamesData;
        public bool HasObject;
        public bool HasData;
        public bool HasFirstId;
        public bool HasLastId;
        public bool HasHasMore;
        public bool HasExtraFields;
        public bool FirstIdIsNull;
        public bool LastIdIsNull;
        public int Close;
        public string? FirstId;
        public string? LastId;

        public readonly bool IsComplete => HasObject && HasData && HasFirstId && HasLastId && HasHasMore;
    }
}
