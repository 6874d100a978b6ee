using System.Text.Json;
using Gateway.Providers.Json;

namespace Gateway.Surface;

/// <summary>Tells which member of a JSON text is given twice in the same object; for the message only, after the parser has refused the text.</summary>
internal static class RepeatedMember
{
    /// <summary>The name is the client's, and as long as it likes.</summary>
    private const int MaxShown = 100;

    /// <summary>Path of the first one, such as <c>network_policy.allowed_domains</c> or <c>skills[1].name</c>; null when the text has more faults.</summary>
    public static string? PathIn(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = JsonMembers.MaxDepth });
            return In(document.RootElement) is { } path ? Shortened(path[0] == '.' ? path[1..] : path) : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    // From the inside out, so that a long name around many members costs nothing.
    private static string? In(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => InObject(element),
        JsonValueKind.Array => element.EnumerateArray()
            .Select((item, index) => In(item) is { } inside ? $"[{index}]{inside}" : null)
            .FirstOrDefault(found => found is not null),
        _ => null,
    };

    private static string? InObject(JsonElement element)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
        {
            if (!names.Add(member.Name))
            {
                return "." + Shortened(member.Name);
            }

            if (In(member.Value) is { } inside)
            {
                return $".{Shortened(member.Name)}{inside}";
            }
        }

        return null;
    }

    private static string Shortened(string text) => text.Length <= MaxShown ? text : text[..MaxShown] + "…";
}
