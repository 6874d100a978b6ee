using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Gateway.Providers.Contract;

namespace Gateway.Settings;

/// <summary>
/// Compares a document with the types it is read into, and names every member that is unknown, of the wrong type or out of its bounds. The
/// deserializer would stop at the first, in words about .NET types.
/// </summary>
internal static class ShapeCheck
{
    /// <summary>Checks the whole document; what is out of its bounds counts only once the shape is right.</summary>
    /// <exception cref="ConfigurationException">The shape is wrong.</exception>
    public static void Check(JsonElement root, Findings findings)
    {
        var outOfBounds = new List<(string Path, string Reason)>();
        Check(root, ConfigDocumentContext.Default.ConfigDocument, JsonPath.Root, findings, outOfBounds);
        findings.ThrowIfRefused();
        foreach (var (path, reason) in outOfBounds)
        {
            findings.Refuse(path, reason);
        }
    }

    /// <summary>Names of the sections that registered dialects read from a document of this type.</summary>
    public static IEnumerable<string> SectionsOf(Type document) => ProviderCatalog.All
        .Select(dialect => document == typeof(ProviderDocument) ? dialect.Section : document == typeof(KeyDocument) ? dialect.KeySection : null)
        .OfType<ConfigSection>().Select(section => section.Name).Distinct();

    /// <summary>Members the reader gives a meaning to, sections aside.</summary>
    public static IEnumerable<JsonPropertyInfo> MembersOf(JsonTypeInfo type) => type.Properties.Where(member => !member.IsExtensionData);

    private static void Check(
        JsonElement element, JsonTypeInfo type, string path, Findings findings, List<(string Path, string Reason)> outOfBounds)
    {
        if (type.Type == typeof(JsonElement) || type.Type == typeof(JsonElement?))
        {
            return;
        }

        if (Expected(element, type) is { } expected)
        {
            findings.Refuse(path, $"must be {expected}, but is {Actual(element)}");
            return;
        }

        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                CheckMembers(element, type, path, findings, outOfBounds);
                break;
            case JsonTypeInfoKind.Dictionary:
                foreach (var member in element.EnumerateObject())
                {
                    Check(member.Value, type.Options.GetTypeInfo(type.ElementType!), JsonPath.Member(path, member.Name), findings, outOfBounds);
                }

                break;
            case JsonTypeInfoKind.Enumerable:
                var index = 0;
                foreach (var item in element.EnumerateArray())
                {
                    Check(item, type.Options.GetTypeInfo(type.ElementType!), JsonPath.Element(path, index++), findings, outOfBounds);
                }

                break;
        }
    }

    private static void CheckMembers(
        JsonElement element, JsonTypeInfo type, string path, Findings findings, List<(string Path, string Reason)> outOfBounds)
    {
        var members = MembersOf(type).ToDictionary(member => member.Name);
        var ignored = IgnoredMembers.Of(type.Type);
        var sections = SectionsOf(type.Type).ToHashSet();
        foreach (var member in element.EnumerateObject())
        {
            var memberPath = JsonPath.Member(path, member.Name);
            if (members.TryGetValue(member.Name, out var known))
            {
                Check(member.Value, type.Options.GetTypeInfo(known.PropertyType), memberPath, findings, outOfBounds);
                if (NumberAttribute.Of(known)?.Refusal(member.Value) is { } refusal)
                {
                    outOfBounds.Add((memberPath, refusal));
                }
            }
            else if (ignored.Contains(member.Name) && !sections.Contains(member.Name))
            {
                findings.Warn(memberPath, "has no effect here");
            }
            else if (!sections.Contains(member.Name))
            {
                var hint = Nearest.Hint(member.Name, members.Keys.Concat(ignored).Concat(sections));
                findings.Refuse(memberPath, $"unknown member \"{JsonEncodedText.Encode(member.Name)}\"{hint}");
            }
        }
    }

    private static string? Expected(JsonElement element, JsonTypeInfo type)
    {
        var kind = element.ValueKind;
        var scalar = Nullable.GetUnderlyingType(type.Type) ?? type.Type;
        return type.Kind switch
        {
            JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary => kind == JsonValueKind.Object ? null : "an object",
            JsonTypeInfoKind.Enumerable => kind == JsonValueKind.Array ? null : "an array",
            _ when scalar == typeof(string) => kind == JsonValueKind.String ? null : "a text",
            _ when scalar == typeof(bool) => kind is JsonValueKind.True or JsonValueKind.False ? null : "true or false",
            _ when scalar == typeof(int) => kind == JsonValueKind.Number && element.TryGetInt32(out _) ? null : "a whole number",
            _ => kind == JsonValueKind.Number ? null : "a number",
        };
    }

    // The value itself stays out of messages: a secret may have been put in the wrong place.
    private static string Actual(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => "null; leave the member out to get its default",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "another number",
        JsonValueKind.Array => "an array",
        JsonValueKind.Object => "an object",
        _ => "true or false",
    };
}
