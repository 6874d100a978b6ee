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
    /// <param name="json">A valid JSON object (see <see cref="JsonMembers.TryFindEnd"/>).</param>
    /// <param name="page">The complete list when the result is true.</param>
    /// <returns>
    /// False when it is not a list at all: <c>data</c> is neither an array of objects that have an <c>id</c> nor null (as Go writes an empty list),
    /// or there is an <c>error</c>.
    /// </returns>
    public static bool TryComplete(ReadOnlyMemory<byte> json, out ReadOnlyMemory<byte> page)
    {
        page = json;
        if (!TryRead(json.Span, out var facts) || !facts.IsList || !facts.NamesData)
        {
            return false;
        }

        if (facts.IsComplete)
        {
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

    private static bool TryRead(ReadOnlySpan<byte> json, out Facts facts)
    {
        try
        {
            facts = Read(json);
            return true;
        }
        catch (InvalidOperationException)
        {
            // An id with an escaped lone surrogate is no text, and so no id.
            facts = default;
            return false;
        }
    }

    private static Facts Read(ReadOnlySpan<byte> json)
    {
        var facts = new Facts { IsList = true };
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonMembers.MaxDepth });
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.Is("object"u8))
            {
                reader.Read();
                facts.HasObject = reader.TokenType == JsonTokenType.String;
            }
            else if (reader.Is("data"u8))
            {
                reader.Read();
                facts.NamesData = true;
                facts.HasData = reader.TokenType == JsonTokenType.StartArray;
                facts.IsList &= facts.HasData ? ReadItems(ref reader, ref facts) : reader.TokenType == JsonTokenType.Null;
            }
            else if (reader.Is("error"u8))
            {
                reader.Read();
                facts.IsList &= reader.TokenType == JsonTokenType.Null;
            }
            else if (reader.Is("first_id"u8))
            {
                reader.Read();
                facts.HasFirstId = reader.TokenType is JsonTokenType.String or JsonTokenType.Null;
                facts.FirstIdIsNull = reader.TokenType == JsonTokenType.Null;
            }
            else if (reader.Is("last_id"u8))
            {
                reader.Read();
                facts.HasLastId = reader.TokenType is JsonTokenType.String or JsonTokenType.Null;
                facts.LastIdIsNull = reader.TokenType == JsonTokenType.Null;
            }
            else if (reader.Is("has_more"u8))
            {
                reader.Read();
                facts.HasHasMore = reader.TokenType is JsonTokenType.True or JsonTokenType.False;
            }
            else
            {
                reader.Read();
            }

            reader.Skip();
        }

        // A null beside items would stop the .NET SDK's paging, which follows last_id.
        facts.HasFirstId &= !(facts.FirstIdIsNull && facts.FirstId is not null);
        facts.HasLastId &= !(facts.LastIdIsNull && facts.LastId is not null);
        return facts;
    }

    private static bool ReadItems(ref Utf8JsonReader reader, ref Facts facts)
    {
        facts.FirstId = null;
        facts.LastId = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject || ReadId(ref reader) is not { } id)
            {
                return SkipToEndOfArray(ref reader);
            }

            facts.FirstId ??= id;
            facts.LastId = id;
        }

        return true;
    }

    private static string? ReadId(ref Utf8JsonReader reader)
    {
        string? id = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isId = reader.Is("id"u8);
            reader.Read();
            if (isId && reader.TokenType == JsonTokenType.String)
            {
                id = reader.GetString();
            }

            reader.Skip();
        }

        return id;
    }

    private static bool SkipToEndOfArray(ref Utf8JsonReader reader)
    {
        while (reader.CurrentDepth > 1 || reader.TokenType != JsonTokenType.EndArray)
        {
            reader.Read();
        }

        return false;
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
        public bool FirstIdIsNull;
        public bool LastIdIsNull;
        public string? FirstId;
        public string? LastId;

        public readonly bool IsComplete => HasObject && HasData && HasFirstId && HasLastId && HasHasMore;
    }
}
