using System.Text.Json;
using System.Text.Unicode;
using Gateway.Providers.Contract;
using Gateway.Providers.Json;

namespace Gateway.Api;

/// <summary>
/// A client's JSON object: its bytes, checked in one pass that they mean one thing only, and where its known members are. No model of the document is
/// made, which would take many times its size. Duplicate members are refused: a gateway and a provider that disagree on which one counts are a way
/// around every check.
/// </summary>
internal sealed class JsonFields
{
    /// <summary>Longest text that is taken out, in bytes as it is written.</summary>
    public const int MaxText = 256 * 1024;

    private const string NoObject = "the body must be a JSON object";

    private static readonly JsonReaderOptions s_options = new() { MaxDepth = JsonMembers.MaxDepth };

    private static readonly string[] s_known =
    [
        "name", "provider", "expires_after", "file_ids", "memory_limit", "metadata", "network_policy", "skills", "file_id", "file_path",
    ];

    private readonly Field[] _fields = new Field[s_known.Length];

    private JsonFields(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>The whole object as it was sent.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The object without <c>provider</c>, which is for the gateway.</summary>
    public ReadOnlyMemory<byte> WithoutProvider => Of("provider").Type == JsonTokenType.None ? Bytes : JsonMembers.Without(Bytes, "provider"u8);

    /// <summary>Reads a request's body.</summary>
    /// <param name="http">The request.</param>
    /// <param name="invalid">What messages begin with.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async ValueTask<Parsed<JsonFields>> ReadAsync(HttpContext http, string invalid, CancellationToken cancellationToken) =>
        (await BodyReader.ReadAsync(http, cancellationToken)).Ok(out var bytes, out var error) ? Read(bytes, invalid) : error;

    /// <summary>Reads an object.</summary>
    /// <param name="bytes">The body.</param>
    /// <param name="invalid">What messages begin with.</param>
    public static Parsed<JsonFields> Read(ReadOnlyMemory<byte> bytes, string invalid)
    {
        if (!Utf8.IsValid(bytes.Span))
        {
            return Invalid("the body is not valid UTF-8");
        }

        var fields = new JsonFields(bytes);
        var names = new JsonNames();
        try
        {
            return fields.Fault(names) is not { } fault ? fields : Invalid(fault.Reason, fault.Member);
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate in a member's name: it cannot be compared with any other name.
            return Invalid("the name of a member is not valid Unicode");
        }
        catch (JsonException exception)
        {
            return Invalid(Reason(exception, bytes));
        }

        GatewayError Invalid(string reason, string? member = null) => GatewayError.Invalid($"{invalid}: {reason}", member, "invalid_json");
    }

    /// <summary>The string value of a member; null when absent or null; an error naming it when it is something else.</summary>
    public Parsed<string?> Text(string member)
    {
        var field = Of(member);
        if (field.Type is JsonTokenType.None or JsonTokenType.Null)
        {
            return (string?)null;
        }

        if (field.Type == JsonTokenType.String && field.Length > MaxText)
        {
            return TooLong(member);
        }

        return new MemberReader(Bytes.Span.Slice(field.Start, field.Length)).Text is { } text ? text : WrongType(member, "a string");
    }

    /// <summary>The bytes of a member; null when absent or null; an error naming it when it is something else or longer than allowed.</summary>
    /// <param name="member">Its name.</param>
    /// <param name="start">What it begins with.</param>
    /// <param name="expected">What it must be, for the message.</param>
    /// <param name="max">Most bytes.</param>
    public Parsed<ReadOnlyMemory<byte>?> Raw(string member, JsonTokenType start, string expected, int max = int.MaxValue)
    {
        var field = Of(member);
        return field.Type is JsonTokenType.None or JsonTokenType.Null ? (ReadOnlyMemory<byte>?)null
            : field.Type != start ? WrongType(member, expected)
            : field.Length > max ? TooLong(member)
            : Bytes.Slice(field.Start, field.Length);
    }

    /// <summary>The error of a member with the wrong type.</summary>
    public static GatewayError WrongType(string member, string expected) =>
        GatewayError.Invalid($"Invalid request format: {member} must be {expected}", member, "invalid_type");

    private static GatewayError TooLong(string member) => GatewayError.Invalid($"{member} is too long", member, "invalid_value");

    /// <summary>The parser's words without its advice on our own options.</summary>
    private static string Reason(JsonException exception, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return "the body is empty";
        }

        return exception.Message.Contains("maximum configured depth", StringComparison.OrdinalIgnoreCase)
            ? $"nested deeper than {JsonMembers.MaxDepth} levels"
            : $"not valid JSON at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}";
    }

    private Field Of(string member) => _fields[Array.IndexOf(s_known, member)];

    private (string Reason, string? Member)? Fault(JsonNames names)
    {
        var reader = new Utf8JsonReader(Bytes.Span, s_options);
        var known = -1;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    var name = reader.GetString()!;
                    if (!names.TryAdd(name))
                    {
                        return ($"{names.Path} is given twice in the same object", names.Path);
                    }

                    if (names.AreTooMany)
                    {
                        return ("its objects have too many members", null);
                    }

                    known = reader.CurrentDepth == 1 ? Array.IndexOf(s_known, name) : known;
                    continue;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    if (reader is { CurrentDepth: 0, TokenType: JsonTokenType.StartArray })
                    {
                        return (NoObject, null);
                    }

                    names.Open(reader.TokenType == JsonTokenType.StartArray);
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    names.Close();
                    break;
                default:
                    if (reader.CurrentDepth == 0)
                    {
                        return (NoObject, null);
                    }

                    names.Item();
                    break;
            }

            if (reader.CurrentDepth == 1 && known >= 0)
            {
                _fields[known].Extend(ref reader);
            }
        }

        return null;
    }

    /// <summary>A top-level member: what its value begins with and where it is.</summary>
    private struct Field
    {
        public JsonTokenType Type { get; private set; }

        public int Start { get; private set; }

        public int Length { get; private set; }

        /// <summary>The reader is at the value's first or last token.</summary>
        public void Extend(ref Utf8JsonReader reader)
        {
            if (Type == JsonTokenType.None)
            {
                (Type, Start) = (reader.TokenType, (int)reader.TokenStartIndex);
            }

            Length = (int)reader.BytesConsumed - Start;
        }
    }
}
