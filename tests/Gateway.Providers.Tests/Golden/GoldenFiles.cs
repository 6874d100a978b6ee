using System.Text.RegularExpressions;

namespace Gateway.Providers.Tests.Golden;

/// <summary>
/// The files of one case, compared with what came out. <c>{{name}}</c> in them stands for what only chance decides, such as a new id: the first time
/// it takes whatever is there, afterwards it must be the same. <c>UPDATE_GOLDEN=1</c> writes what came out into the source tree, to be read before it
/// is committed.
/// </summary>
internal sealed partial class GoldenFiles(string folder)
{
    private readonly Dictionary<string, string> _chosen = [];

    private static bool IsUpdate => Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1";

    /// <summary>Number of files whose names end so.</summary>
    public int Count(string ending) => Directory.EnumerateFiles(IsUpdate ? InSource("") : folder, "*" + ending).Count();

    public bool Has(string file) => File.Exists(Path.Combine(folder, file));

    /// <summary>What is in a file, with what chance has decided so far.</summary>
    public string Read(string file) => Fill(File.ReadAllText(Path.Combine(folder, file)));

    /// <summary>Compares, or writes.</summary>
    public void Compare(string file, string actual)
    {
        var template = Has(file) ? Read(file) : "";
        foreach (var (expected, came) in template.Split('\n').Zip(actual.Split('\n')))
        {
            if (Placeholder().IsMatch(expected) && Pattern(Fill(expected)).Match(came) is { Success: true } match)
            {
                foreach (var name in match.Groups.Keys.Where(name => !char.IsDigit(name[0])))
                {
                    _chosen.TryAdd(name, match.Groups[name].Value);
                }
            }
        }

        template = Fill(template);
        if (IsUpdate && template != actual)
        {
            File.WriteAllText(InSource(file), actual);
            return;
        }

        Assert.True(Has(file), $"There is no {file}, and this came out:\n{actual}");
        Assert.Equal(template, actual);
    }

    private string Fill(string text) => Placeholder().Replace(text, found => _chosen.GetValueOrDefault(found.Groups[1].Value, found.Value));

    private static Regex Pattern(string line)
    {
        var seen = new HashSet<string>();
        var pattern = Placeholder().Replace(line, "\u0001$1\u0001").Split('\u0001')
            .Select((part, index) => index % 2 == 0 ? Regex.Escape(part) : seen.Add(part) ? $"(?<{part}>[A-Za-z0-9_-]+)" : $"\\k<{part}>");
        return new Regex($"^{string.Concat(pattern)}$", RegexOptions.None, TimeSpan.FromSeconds(5));
    }

    private string InSource(string file, [System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.Combine(Path.GetDirectoryName(Path.GetDirectoryName(path))!, Path.GetRelativePath(GoldenCase.Root, folder), file);

    [GeneratedRegex(@"\{\{([a-z]+)\}\}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Placeholder();
}
