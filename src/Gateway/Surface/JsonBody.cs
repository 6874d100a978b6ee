using System.Text.Json;
using System.Text.Unicode;
using Gateway.Providers.Contract;
using Gateway.Providers.Json;

namespace Gateway.Surface;

/// <summary>Reads a JSON request body whole, within its limit, and checks that it means one thing only.</summary>
internal static class JsonBody
{
    /// <summary>Duplicate members are refused: a gateway and a provider that disagree on which one counts are a way around every check.</summary>
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = JsonMembers.MaxDepth, AllowDuplicateProperties = false };

    /// <summary>The bytes and their root object. The document is the caller's to dispose.</summary>
    public static async ValueTask<Parsed<(ReadOnlyMemory<byte> Bytes, JsonDocument Document)>> ReadAsync(
        HttpContext http, string invalid, CancellationToken cancellationToken)
    {
        var parsed = await BodyReader.ReadAsync(http, Exchanged(http), cancellationToken);
        if (!parsed.Ok(out var bytes, out var error))
        {
            return error;
        }

        if (!Utf8.IsValid(bytes.Span))
        {
            return GatewayError.Invalid($"{invalid}: the body is not valid UTF-8", code: "invalid_json");
        }

        try
        {
            var document = JsonDocument.Parse(bytes, s_options);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
            {
                return (bytes, document);
            }

            document.Dispose();
            return GatewayError.Invalid($"{invalid}: the body must be a JSON object", code: "invalid_json");
        }
        catch (InvalidOperationException)
        {
            // An escaped lone surrogate in a member's name: it cannot be compared with any other name.
            return GatewayError.Invalid($"{invalid}: the name of a member is not valid Unicode", code: "invalid_json");
        }
        catch (JsonException exception) when (exception.Message.Contains("duplicate", StringComparison.OrdinalIgnoreCase))
        {
            var member = RepeatedMember.PathIn(bytes);
            return GatewayError.Invalid($"{invalid}: {member ?? "a member"} is given twice in the same object", member, "invalid_json");
        }
        catch (JsonException exception)
        {
            return GatewayError.Invalid($"{invalid}: {Reason(exception, bytes)}", code: "invalid_json");
        }
    }

    /// <summary>The string value of a member; null when absent or null; an error naming it when it is something else.</summary>
    public static Parsed<string?> Text(JsonElement root, string member) =>
        !root.TryGetProperty(member, out var value) || value.ValueKind == JsonValueKind.Null ? (string?)null
        : value.ValueKind == JsonValueKind.String && TryGetString(value, out var text) ? text
        : WrongType(member, "a string");

    /// <summary>The error of a member with the wrong type.</summary>
    public static GatewayError WrongType(string member, string expected) =>
        GatewayError.Invalid($"Invalid request format: {member} must be {expected}", member, "invalid_type");

    /// <summary>Reads a string that may hold an escaped lone surrogate, which is no text.</summary>
    public static bool TryGetString(JsonElement value, out string? text)
    {
        try
        {
            text = value.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            text = null;
            return false;
        }
    }

    private static long Exchanged(HttpContext http) => Path.Exchange.Of(http).Settings.Client.MaxRequestBodyBytes;

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
}
