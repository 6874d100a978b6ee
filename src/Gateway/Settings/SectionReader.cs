using System.Buffers;
using System.Text.Json;
using Gateway.Providers.Contract;

namespace Gateway.Settings;

/// <summary>
/// Lets a dialect read its own section, after references in it have been resolved, and turns what it throws into problems with a place.
/// </summary>
internal static class SectionReader
{
    private static readonly Section s_unusable = new(null, IsUsable: false);
    private static readonly JsonElement s_empty = JsonDocument.Parse("{}").RootElement;

    /// <summary>
    /// Reads the section; it is not usable when it is refused or refers to something missing, which is then added to <paramref name="missing"/>.
    /// </summary>
    /// <param name="section">What reads it.</param>
    /// <param name="given">What is written; null for nothing.</param>
    /// <param name="path">Its place.</param>
    /// <param name="reading">What to work with.</param>
    /// <param name="missing">Where references in vain go.</param>
    /// <param name="inherited">Members that count where the section itself does not give them, each as a whole; resolved. Null for none.</param>
    public static Section Read(
        ConfigSection section, JsonElement? given, string path, Reading reading, ICollection<string> missing, JsonElement? inherited)
    {
        var element = given ?? s_empty;
        if (element.ValueKind != JsonValueKind.Object)
        {
            reading.Findings.Refuse(path, "must be an object");
            return s_unusable;
        }

        var before = missing.Count;
        var isRefused = false;
        var resolved = Resolve(element, inherited, path, reading, missing, ref isRefused);
        if (isRefused || missing.Count > before)
        {
            return s_unusable;
        }

        try
        {
            return new Section(section.Read(resolved), IsUsable: true, resolved);
        }
        catch (ConfigSectionException refused)
        {
            reading.Findings.Refuse($"{path}.{refused.Member}", refused.Reason);
        }
        catch (JsonException refused)
        {
            reading.Findings.Refuse(path + (refused.Path ?? JsonPath.Root)[1..], ReasonOf(refused));
        }

        return s_unusable;
    }

    private static JsonElement Resolve(
        JsonElement element, JsonElement? inherited, string path, Reading reading, ICollection<string> missing, ref bool isRefused)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            CopyMembers(element, path, writer, reading, missing, ref isRefused);
            foreach (var member in inherited?.EnumerateObject().Where(member => !element.TryGetProperty(member.Name, out _)) ?? [])
            {
                member.WriteTo(writer);
            }

            writer.WriteEndObject();
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
                CopyMembers(element, path, writer, reading, missing, ref isRefused);
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

    private static void CopyMembers(
        JsonElement element, string path, Utf8JsonWriter writer, Reading reading, ICollection<string> missing, ref bool isRefused)
    {
        foreach (var member in element.EnumerateObject())
        {
            writer.WritePropertyName(member.Name);
            Copy(member.Value, JsonPath.Member(path, member.Name), writer, reading, missing, ref isRefused);
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
