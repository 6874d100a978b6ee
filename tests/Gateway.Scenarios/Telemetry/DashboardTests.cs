using System.Text.Json;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Telemetry;

[Collection(nameof(WatchedGateway))]
public sealed class DashboardTests(WatchedGateway world)
{
    private static readonly string[] s_variables = ["datasource", "traces", "job", "instance", "provider"];

    public static TheoryData<string> Files =>
        [.. Directory.EnumerateFiles(
            System.IO.Path.Combine(Repository.Root, "dashboards"), "*.json").Select(file => System.IO.Path.GetFileName(file)).Order()];

    [Theory]
    [MemberData(nameof(Files))]
    public void Dashboards_are_well_formed(string file)
    {
        var root = JsonDocument.Parse(Repository.Read($"dashboards/{file}")).RootElement;
        Assert.Matches("^gateway-[a-z]+$", root.GetProperty("uid").GetString()!);
        Assert.Equal(
            s_variables,
            root.GetProperty("templating").GetProperty("list").EnumerateArray().Select(variable => variable.GetProperty("name").GetString()));
        var panels = root.GetProperty("panels").EnumerateArray().ToList();
        Assert.Distinct(panels.Select(panel => panel.GetProperty("id").GetInt32()));
        Assert.Distinct(
            panels.Where(panel => panel.GetProperty("type").GetString() != "row").Select(panel => panel.GetProperty("title").GetString()));
        foreach (var panel in panels.Where(panel => panel.GetProperty("type").GetString() != "row"))
        {
            var title = panel.GetProperty("title").GetString();
            Assert.False(string.IsNullOrEmpty(panel.GetProperty("description").GetString()), $"{title} has no description");
            Assert.False(
                string.IsNullOrEmpty(panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString()),
                $"{title} has no unit");
            Assert.Equal("${datasource}", panel.GetProperty("datasource").GetProperty("uid").GetString());
            AssertReadable(panel);
            foreach (var target in panel.GetProperty("targets").EnumerateArray())
            {
                Assert.Equal("${datasource}", target.GetProperty("datasource").GetProperty("uid").GetString());
                Assert.Contains("$job", target.GetProperty("expr").GetString(), StringComparison.Ordinal);
            }
        }

        Assert.Empty(Overlaps(panels));
        Assert.Contains(
            panels,
            panel => panel.TryGetProperty("links", out var links)
                && links[0].GetProperty("url").GetString()!.Contains("${traces}", StringComparison.Ordinal));
    }

    /// <summary>Every expression parses on a real Prometheus, and shows something after traffic of every kind.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public async Task Dashboards_show_what_the_gateway_exposes(string file)
    {
        await world.ReadyAsync();
        foreach (var panel in JsonDocument.Parse(Repository.Read($"dashboards/{file}")).RootElement.GetProperty("panels").EnumerateArray())
        {
            if (!panel.TryGetProperty("targets", out var targets))
            {
                continue;
            }

            foreach (var target in targets.EnumerateArray())
            {
                var expression = target.GetProperty("expr").GetString()!
                    .Replace("$__rate_interval", "1m", StringComparison.Ordinal)
                    .Replace("$job", ".*", StringComparison.Ordinal)
                    .Replace("$instance", ".*", StringComparison.Ordinal)
                    .Replace("$provider", ".*", StringComparison.Ordinal);
                Assert.DoesNotContain("$", expression, StringComparison.Ordinal);
                await world.Prometheus.FoundAsync(expression, panel.GetProperty("title").GetString()!);
            }
        }
    }

    /// <summary>
    /// Without bounds of their own, panels get Grafana's: red from 80 of whatever it is, and an axis that makes a flat line look like a mountain.
    /// </summary>
    private static void AssertReadable(JsonElement panel)
    {
        var title = panel.GetProperty("title").GetString();
        var defaults = panel.GetProperty("fieldConfig").GetProperty("defaults");
        switch (panel.GetProperty("type").GetString())
        {
            case "stat":
                Assert.True(defaults.TryGetProperty("thresholds", out _), $"{title} has no thresholds");
                break;
            case "timeseries":
                Assert.True(defaults.TryGetProperty("min", out _), $"{title} has no lower end");
                Assert.All(
                    panel.GetProperty("targets").EnumerateArray(),
                    target => Assert.False(string.IsNullOrEmpty(target.GetProperty("legendFormat").GetString()), $"{title} has no legend"));
                break;
        }
    }

    private static IEnumerable<string> Overlaps(List<JsonElement> panels)
    {
        var taken = new HashSet<(int X, int Y)>();
        foreach (var panel in panels)
        {
            var place = panel.GetProperty("gridPos");
            int x = place.GetProperty("x").GetInt32(), y = place.GetProperty("y").GetInt32();
            int w = place.GetProperty("w").GetInt32(), h = place.GetProperty("h").GetInt32();
            if (x + w > 24
                || Enumerable.Range(x, w).SelectMany(column => Enumerable.Range(y, h).Select(row => (column, row))).Any(cell => !taken.Add(cell)))
            {
                yield return panel.GetProperty("title").GetString()!;
            }
        }
    }
}
