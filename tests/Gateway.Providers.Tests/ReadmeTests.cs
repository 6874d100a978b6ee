using System.Text.RegularExpressions;
using Gateway.Fakes;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Tests;

/// <summary>What the README claims to support is what the plan tables hold.</summary>
public sealed partial class ReadmeTests
{
    private const string Custom = "custom";

    [Fact]
    public async Task The_table_of_operations_is_the_plan_tables()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"), TestContext.Current.CancellationToken);
        var rows = Section().Match(readme).Groups[1].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(row => row.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries)).ToList();
        var columns = rows[0][1..].Select(column => column.Split(' ')[0]).ToList();
        Assert.Equal(Operation.All.Select(operation => $"`{operation.Name}`"), rows[2..].Select(row => row[0]));
        Assert.Equal(ProviderCatalog.All.Select(dialect => dialect.Name), columns.Where(name => name != Custom).Order(StringComparer.Ordinal));
        foreach (var (column, index) in columns.Select((name, index) => (name, index + 1)))
        {
            Assert.True(ProviderCatalog.TryFind(column == Custom ? "openai" : column, out var dialect));
            Assert.True(column != Custom || dialect.CanBeCustomized);
            var planned = await PlanTables.OperationsAsync(dialect, column);
            Assert.Equal(
                Operation.All.Select(operation => $"{column} {operation.Name} {(planned.Contains(operation) ? "✓" : "–")}"),
                rows[2..].Select(row => $"{column} {row[0].Trim('`')} {row[index]}"));
        }
    }

    [GeneratedRegex("<!-- operations:begin[^>]*-->\n(.*)<!-- operations:end -->", RegexOptions.Singleline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Section();
}
