using System.Buffers;
using System.Text.Json;
using Gateway.Providers.Contract;

namespace Gateway.Settings;

/// <summary>
/// Lets a dialect read its own section, after references in it have been resolved, and turns what it throws into problems with a place.
/// </summary>
internal static class SectionReader
{
    /// <summary>
    /// Reads the section; null when it is refused or refers to something missing, which is then added to <paramref name="missing"/>.
    /// </summary>
    public static object? Read(ConfigSection section, JsonElement element, string path, Reading reading, ICollection<string> missing)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            reading.Findings.Refuse(path, "must be an object");
            return null;
        }

        var before = missing.Count;
        var isRefused = false;
        var resolved = Resolve(element, path, reading, missing, ref isRefused);
        if (isRefused || missing.Count > before)
        {
            return null;
        }

        try
        {
            return section.Read(resolved);
        }
        catch (ConfigSectionException refused)
        {
            reading.Findings.Refuse($"{path}.{refused.Member}", refused.Reason);
        }
        catch (JsonException refused)
        {
            reading.Findings.Refuse(path + (refused.Path ?? JsonPath.Root)[1..], ReasonOf(refused));
        }

        return null;
    }

    private static JsonElement Resolve(JsonElement element, string path, Reading reading, ICollection<string> missing, ref bool isRefused)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Copy(element, path, writer, reading, missing, ref isRefused);
        }

        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static void Copy(
        JsonElement element, string path, Utf8JsonWriter writer, Reading reading, ICollection<string> missing, ref bool isRefused)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteStartObject();
                foreach (var member in element.EnumerateObject())
                {
                    writer.WritePropertyName(member.Name);
                    Copy(member.Value, JsonPath.Member(path, member.Name), writer, reading, missing, ref isRefused);
                }

                writer.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                var index = 0;
                foreach (var item in element.EnumerateArray())
                {
                    Copy(item, JsonPath.Element(path, index++), writer, reading, missing, ref isRefused);
                }

                writer.WriteEndArray();
                break;
            case JsonValueKind.String when element.GetString() is { } text && References.IsReference(text):
                var reference = reading.References.Resolve(path, text);
                isRefused |= reference is Reference.Refused;
                writer.WriteStringValue(Reading.TextOf(reference, missing) ?? "");
                break;
            default:
                element.WriteTo(writer);
                break;
        }
    }

    // The deserializer's own messages speak of .NET types; a dialect's say what they mean.
    private static string ReasonOf(JsonException refused)
    {
        var message = refused.Message;
        var tail = message.IndexOf(" Path: $", StringComparison.Ordinal);
        return message.Contains("could not be mapped to any .NET member", StringComparison.Ordinal) ? "unknown member"
            : message.Contains("could not be converted to", StringComparison.Ordinal) ? "has the wrong type"
            : tail < 0 ? message : message[..tail];
    }
}
