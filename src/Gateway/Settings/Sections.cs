using System.Text.Json;
using Gateway.Providers.Contract;

namespace Gateway.Settings;

/// <summary>Finds the section of a dialect among the members that only dialects know.</summary>
internal static class Sections
{
    /// <summary>
    /// Reads the dialect's own section, and refuses those of other dialects: they are where they are by mistake, and would be ignored.
    /// </summary>
    /// <param name="members">Members that are no members of the document.</param>
    /// <param name="choose">Which of a dialect's sections belongs here.</param>
    /// <param name="path">Path of the document.</param>
    /// <param name="dialect">The provider's dialect.</param>
    /// <param name="reading">What to work with.</param>
    /// <param name="missing">Where references in vain go.</param>
    /// <param name="inherited">The section that gives the members this one does not; null for none.</param>
    public static Section ReadOwn(
        Dictionary<string, JsonElement>? members, Func<Dialect, ConfigSection?> choose, string path, Dialect dialect, Reading reading,
        ICollection<string> missing, Section? inherited = null)
    {
        var own = choose(dialect);
        JsonElement? given = null;
        foreach (var (name, element) in members ?? [])
        {
            if (name == own?.Name)
            {
                given = element;
            }
            else if (OwnersOf(name, choose) is { Length: > 0 } owners)
            {
                reading.Findings.Refuse(JsonPath.Member(path, name), $"belongs to {owners}; this provider speaks {dialect.Name}");
            }
        }

        return inherited is { IsUsable: false } || own is null || (given is null && inherited?.Text is null)
            ? new Section(null, IsUsable: inherited?.IsUsable != false)
            : SectionReader.Read(own, given, JsonPath.Member(path, own.Name), reading, missing, inherited?.Text);
    }

    private static string OwnersOf(string name, Func<Dialect, ConfigSection?> choose) =>
        string.Join(" or ", ProviderCatalog.All.Where(dialect => choose(dialect)?.Name == name).Select(dialect => dialect.Name));
}

/// <summary>A dialect's section, read.</summary>
/// <param name="Options">What the dialect made of it; null when it is not there.</param>
/// <param name="IsUsable">False when it is there but cannot be used.</param>
/// <param name="Text">What was read, with its references resolved; null when it is not there.</param>
internal sealed record Section(object? Options, bool IsUsable, JsonElement? Text = null);
