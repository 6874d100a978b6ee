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
    public static Section ReadOwn(
        Dictionary<string, JsonElement>? members, Func<Dialect, ConfigSection?> choose, string path, Dialect dialect, Reading reading,
        ICollection<string> missing)
    {
        var own = choose(dialect);
        var result = new Section(null, IsUsable: true);
        foreach (var (name, element) in members ?? [])
        {
            var memberPath = JsonPath.Member(path, name);
            if (name == own?.Name)
            {
                var options = SectionReader.Read(own, element, memberPath, reading, missing);
                result = new Section(options, options is not null);
            }
            else if (OwnersOf(name, choose) is { Length: > 0 } owners)
            {
                reading.Findings.Refuse(memberPath, $"belongs to {owners}; this provider speaks {dialect.Name}");
            }
        }

        return result;
    }

    private static string OwnersOf(string name, Func<Dialect, ConfigSection?> choose) =>
        string.Join(" or ", ProviderCatalog.All.Where(dialect => choose(dialect)?.Name == name).Select(dialect => dialect.Name));
}

/// <summary>A dialect's section, read.</summary>
/// <param name="Options">What the dialect made of it; null when it is not there.</param>
/// <param name="IsUsable">False when it is there but cannot be used.</param>
internal sealed record Section(object? Options, bool IsUsable);
