using System.Text.RegularExpressions;
using Gateway.Fakes;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Gateway.Scenarios.Telemetry;

[Collection(nameof(WatchedGateway))]
public sealed partial class AlertRuleTests(WatchedGateway world)
{
    [Fact]
    public async Task Alert_rules_pass_the_check_of_promtool()
    {
        var (code, output) = await Tool.RunAsync(
            "promtool", null, "check", "rules", "dashboards/rules/gateway.rules.yml", "dashboards/rules/gateway.alerts.yml");
        Assert.True(code == 0, output);
    }

    /// <summary>Each alert fires where it should, and is quiet where it should be.</summary>
    [Fact]
    public async Task Alert_rules_pass_their_unit_tests()
    {
        var (code, output) = await Tool.RunAsync("promtool", null, "test", "rules", "dashboards/rules/tests/gateway.alerts.test.yml");
        Assert.True(code == 0, output);
        var tests = Repository.Read("dashboards/rules/tests/gateway.alerts.test.yml");
        Assert.DoesNotContain(Alerts(), alert => !tests.Contains($"alertname=\"{alert.Name}\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Alert_rules_say_what_to_do_in_the_same_words_as_the_page()
    {
        var page = Repository.Read("dashboards/README.md");
        var listed = page[page.IndexOf("<!-- alerts:begin", StringComparison.Ordinal)..page.IndexOf("<!-- alerts:end", StringComparison.Ordinal)];
        foreach (var (name, action) in Alerts())
        {
            Assert.Contains($"### {name}\n", listed, StringComparison.Ordinal);
            Assert.Contains(action, listed, StringComparison.Ordinal);
        }

        Assert.Equal(Alerts().Count, Heading().Count(listed));
    }

    /// <summary>A rule over a metric that does not exist never fires; nobody would notice.</summary>
    [Fact]
    public async Task Alert_rules_read_only_what_exists_and_are_healthy()
    {
        await world.ReadyAsync();
        var rules = await world.Prometheus.RulesAsync();
        Assert.True(rules.Count > 20);
        foreach (var rule in rules)
        {
            Assert.True(rule.GetProperty("health").GetString() == "ok", rule.ToString());
            foreach (var name in Exposition.NamesIn(rule.GetProperty("query").GetString()!))
            {
                var selector = name.EndsWith("_seconds", StringComparison.Ordinal) ? $"{{__name__=~\"{name}(_count)?\"}}" : name;
                await world.Prometheus.FoundAsync(selector, $"What {rule.GetProperty("name").GetString()} reads");
            }
        }

        foreach (var recorded in rules.Where(rule => rule.GetProperty("type").GetString() == "recording").Select(
            rule => rule.GetProperty("name").GetString()!))
        {
            await world.Prometheus.FoundAsync(recorded, "A rule");
        }
    }

    /// <summary>The traffic of the watched gateway has a provider without a key: that alert must be on its way.</summary>
    [Fact]
    public async Task Alert_rules_fire_for_what_the_watched_gateway_lacks()
    {
        await world.ReadyAsync();
        var active = await world.Prometheus.FoundAsync("ALERTS{alertname=\"GatewayProviderUnusable\",provider=\"unset\"}", "The alert");
        Assert.Single(active);
        Assert.Empty(await world.Prometheus.QueryAsync("ALERTS{alertname=\"GatewayDown\",alertstate=\"firing\"}"));
        Assert.Empty(await world.Prometheus.QueryAsync("ALERTS{alertname=\"GatewaySeriesOverflow\"}"));
    }

    private static List<(string Name, string Action)> Alerts()
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Repository.Read("dashboards/rules/gateway.alerts.yml")));
        return [.. yaml.Documents[0].RootNode["groups"][0]["rules"] is YamlSequenceNode rules
            ? rules.Select(rule => (rule["alert"].ToString(), rule["annotations"]["action"].ToString()))
            : []];
    }

    [GeneratedRegex("^### ", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
