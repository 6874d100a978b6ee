using System.Text.RegularExpressions;

namespace Gateway.Scenarios.Telemetry;

/// <summary>A scrape's text as families with their types and label names.</summary>
internal static partial class Exposition
{
    public static Dictionary<string, (string Type, HashSet<string> Labels)> Families(string text)
    {
        var families = new Dictionary<string, (string Type, HashSet<string> Labels)>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                var parts = line.Split(' ');
                families[parts[2]] = (parts[3], []);
            }
            else if (line[0] != '#')
            {
                var name = Name().Match(line).Value;
                var family = families.ContainsKey(name) ? name : Suffix().Replace(name, "");
                foreach (Match label in Label().Matches(line))
                {
                    if (label.Groups[1].Value != "le")
                    {
                        families[family].Labels.Add(label.Groups[1].Value);
                    }
                }
            }
        }

        return families;
    }

    /// <summary>Every series (name and labels) without its value.</summary>
    public static HashSet<string> Series(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line[0] != '#').Select(line => line[..line.LastIndexOf(' ')])];

    /// <summary>Names of metrics and recorded series that an expression reads.</summary>
    public static IEnumerable<string> NamesIn(string expression) =>
        Metric().Matches(Quoted().Replace(expression, "\"\"")).Select(match => Histogram().Replace(match.Value, "")).Distinct();

    [GeneratedRegex("^[a-zA-Z_:][a-zA-Z0-9_:]*")]
    private static partial Regex Name();

    [GeneratedRegex("_(bucket|sum|count)$")]
    private static partial Regex Suffix();

    [GeneratedRegex("(?<=_seconds)_(bucket|sum|count)$")]
    private static partial Regex Histogram();

    [GeneratedRegex("[{,]([a-zA-Z_][a-zA-Z0-9_]*)=\"")]
    private static partial Regex Label();

    [GeneratedRegex(@"\b(gateway|bifrost|http|kestrel|dotnet)[_:][a-zA-Z0-9_:]+(?=\s*[{\[)\s,]|$)")]
    private static partial Regex Metric();

    [GeneratedRegex("\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Quoted();
}
