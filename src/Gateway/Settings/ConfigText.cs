using System.Text;
using System.Text.Json;

namespace Gateway.Settings;

/// <summary>
/// The text of a config file, proven to be JSON without repeated members, with the place of everything in it. Comments and trailing commas are
/// allowed, since people write it.
/// </summary>
internal sealed class ConfigText
{
    private readonly byte[] _json;
    private readonly Dictionary<string, long> _offsets = new() { [JsonPath.Root] = 0 };

    private ConfigText(string fileName, byte[] json)
    {
        FileName = fileName;
        _json = json;
    }

    /// <summary>Name of the file, without its folder: messages may be shown to people who should not learn the layout of the host.</summary>
    public string FileName { get; }

    /// <summary>Reads the text; throws <see cref="ConfigurationException"/> when it is not JSON in UTF-8 or repeats a member.</summary>
    public static ConfigText Parse(string fileName, byte[] bytes)
    {
        if (OtherEncoding(bytes) is { } encoding)
        {
            throw new ConfigurationException(
                [new ConfigProblem(fileName, new TextPlace(1, 1), JsonPath.Root, $"the text is in {encoding}; save it as UTF-8")]);
        }

        var text = new ConfigText(fileName, bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes);
        text.Walk();
        return text;
    }

    /// <summary>The parsed document; the caller disposes of it.</summary>
    public JsonDocument ToDocument() => JsonDocument.Parse(
        _json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false });

    /// <summary>Where a path is written, or the nearest thing around it that is.</summary>
    public TextPlace Locate(string path)
    {
        for (var at = path; at is not null; at = JsonPath.Parent(at))
        {
            if (_offsets.TryGetValue(at, out var offset))
            {
                return PlaceOf(offset);
            }
        }

        return PlaceOf(0);
    }

    /// <summary>A problem at a path.</summary>
    public ConfigProblem At(string path, string reason) => new(FileName, Locate(path), path, reason);

    /// <summary>
    /// The encoding of a text that is not UTF-8, told as in RFC 4627, section 3: by its mark, or by the zeros around its first character, which is
    /// ASCII in any JSON; null for none of them.
    /// </summary>
    private static string? OtherEncoding(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0xFF, 0xFE, 0, 0, ..] or [not 0, 0, 0, 0, ..] => "UTF-32 (little-endian)",
        [0, 0, 0xFE, 0xFF, ..] or [0, 0, 0, not 0, ..] => "UTF-32 (big-endian)",
        [0xFF, 0xFE, ..] or [not 0, 0, ..] => "UTF-16 (little-endian)",
        [0xFE, 0xFF, ..] or [0, not 0, ..] => "UTF-16 (big-endian)",
        _ => null,
    };

    private void Walk()
    {
        var problems = new List<ConfigProblem>();
        var open = new Stack<Scope>();
        var path = JsonPath.Root;
        var reader = new Utf8JsonReader(_json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    path = open.Peek().Enter(reader.GetString()!, out var isRepeated);
                    if (isRepeated)
                    {
                        problems.Add(new(FileName, PlaceOf(reader.TokenStartIndex), path, "the member is given twice; remove one of the two"));
                    }

                    _offsets.TryAdd(path, reader.TokenStartIndex);
                    continue;
                }

                if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                {
                    path = open.Pop().Path;
                    continue;
                }

                if (open.TryPeek(out var scope) && scope.IsArray)
                {
                    path = scope.Next();
                    _offsets.TryAdd(path, reader.TokenStartIndex);
                }

                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                {
                    open.Push(new Scope(path, reader.TokenType == JsonTokenType.StartArray));
                }
                else if (reader.TokenType == JsonTokenType.String)
                {
                    // Decodes once, so that broken UTF-8 and lone surrogates are found here, where their place is known.
                    reader.GetString();
                }
            }
        }
        catch (JsonException broken)
        {
            problems.Add(new(FileName, PlaceOf(broken), path, SyntaxReason(broken.Message)));
        }
        catch (InvalidOperationException)
        {
            problems.Add(new(FileName, PlaceOf(reader.TokenStartIndex), path, "the text is not valid UTF-8"));
        }

        if (problems.Count > 0)
        {
            throw new ConfigurationException([.. problems]);
        }
    }

    // The reader quotes the literal it could not read, which may be a secret without its quotes.
    private static string SyntaxReason(string message)
    {
        var tail = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return message.Contains("invalid JSON literal", StringComparison.Ordinal)
            ? "not JSON: true, false, null, a number or a quoted text is expected"
            : $"not JSON: {(tail < 0 ? message : message[..tail])}";
    }

    private TextPlace PlaceOf(JsonException broken)
    {
        var offset = 0;
        for (var line = 0L; line < (broken.LineNumber ?? 0); line++)
        {
            offset += _json.AsSpan(offset).IndexOf((byte)'\n') + 1;
        }

        return PlaceOf(offset + (broken.BytePositionInLine ?? 0));
    }

    private TextPlace PlaceOf(long offset)
    {
        var before = _json.AsSpan(0, (int)Math.Min(offset, _json.Length));
        var lineStart = before.LastIndexOf((byte)'\n') + 1;
        return new TextPlace(before.Count((byte)'\n') + 1, Encoding.UTF8.GetCharCount(before[lineStart..]) + 1);
    }

    /// <summary>An object or array that is being read.</summary>
    private sealed class Scope(string path, bool isArray)
    {
        private readonly HashSet<string> _names = [];
        private int _count;

        public string Path => path;

        public bool IsArray => isArray;

        public string Enter(string name, out bool isRepeated)
        {
            isRepeated = !_names.Add(name);
            return JsonPath.Member(path, name);
        }

        public string Next() => JsonPath.Element(path, _count++);
    }
}
