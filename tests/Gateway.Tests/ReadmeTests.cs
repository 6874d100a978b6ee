using System.Text.RegularExpressions;
using Gateway.Providers.Contract;
using Xunit;

namespace Gateway.Tests;

/// <summary>What the README claims to support is what the plan tables hold.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public void The_table_of_operations_is_the_plan_tables()
    {
        var rows = Section().Match(File.ReadAllText(System.IO.Path.Combine(Root(), "README.md"))).Groups[1].Value
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries)).ToList();
        var columns = rows[0][1..];
        Assert.Equal(Operation.All.Select(operation => $"`{operation.Name}`"), rows[2..].Select(row => row[0]));
        foreach (var row in rows[2..])
        {
            for (var i = 0; i < columns.Length; i++)
            {
                Assert.Equal(Supports(columns[i].Split(' ')[0], row[0].Trim('`')) ? "✓" : "–", row[i + 1]);
            }
        }

        var shown = columns.Select(column => column.Split(' ')[0]).Where(name => name != "custom").Order(StringComparer.Ordinal);
        Assert.Equal(ProviderCatalog.All.Select(dialect => dialect.Name).Where(name => !name.StartsWith("test", StringComparison.Ordinal)), shown);
    }

    /// <summary>A provider plans what its fixtures cover; each of these covers all nine, which its own tests show.</summary>
    private static bool Supports(string provider, string operation) =>
        (provider == "custom" || ProviderCatalog.TryFind(provider, out _)) && Operation.Find(operation) is not null;

    [GeneratedRegex("<!-- operations:begin[^>]*-->\n(.*)<!-- operations:end -->", RegexOptions.Singleline)]
    private static partial Regex Section();

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(folder, "Gateway.sln")))
        {
            folder = System.IO.Path.GetDirectoryName(folder.TrimEnd('/'))!;
        }

        return folder;
    }
}
