using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Gateway.Fakes;
using Gateway.Scenarios.Hostile;
using Gateway.Scenarios.Limits;
using Xunit;
using static Gateway.Scenarios.Limits.LimitsWorld;

namespace Gateway.Scenarios.Access;

/// <summary>Who was refused what is told by the key's name and tenant, bounded, and never by what was presented.</summary>
public sealed partial class AuditTests
{
    private const string Old = "sk-bf-old-0123456789abcdefghijklm";
    private const string Unknown = "sk-bf-unknown-0123456789abcdefghijklm";

    private static readonly string s_governance =
        $$"""
        {{Rates}}, "teams": [ { "id": "g", "name": "The group" } ],
        "virtual_keys": [ {{Key("ann", Ann, ", \"rate_limit_id\": \"two\", \"team_id\": \"g\"")}},
                          {{Key("old", Old, ", \"expires_at\": \"2024-01-01T00:00:00Z\"")}},
                          { "name": "bob", "value": "{{Bob}}", "provider_configs": [ { "provider": "local" } ] } ]
        """;

    [Fact]
    public async Task Refusals_are_told_with_the_name_of_the_key_and_its_tenant()
    {
        var logs = new Logs();
        await using var world = await LimitsWorld.StartAsync(s_governance, logs: logs);
        Assert.Equal(2, await world.AnsweredAsync(Ann, 3));
        Assert.Equal(HttpStatusCode.Forbidden, await world.StatusAsync(Old));
        Assert.Equal(HttpStatusCode.Forbidden, await world.StatusAsync(Bob, provider: "lab"));
        Assert.Equal(HttpStatusCode.Forbidden, await world.StatusAsync(Unknown));
        string[] expected =
        [
            "1302 A limit was reached 1 times: request_limited virtual_key=ann tenant=team:g",
            "1301 A key that may not be used was presented 1 times: virtual_key_blocked virtual_key=old tenant=key:old",
            "1300 Denied 1 times: provider_blocked virtual_key=bob tenant=key:bob",
            "1300 Denied 1 times: virtual_key_not_found virtual_key=",
        ];
        foreach (var line in expected)
        {
            await Until.TrueAsync(() => logs.Lines.Any(each => each.Contains(line, StringComparison.Ordinal)), line);
        }

        Assert.Contains(logs.Lines, line => line.Contains("1000 container_list 200", StringComparison.Ordinal)
            && line.Contains("virtual_key=ann team=The group", StringComparison.Ordinal));
        foreach (var presented in new[] { Ann, Bob, Old, Unknown })
        {
            Assert.DoesNotContain(logs.Lines, line => line.Contains(presented, StringComparison.OrdinalIgnoreCase));
        }
    }

    [Fact]
    public async Task Flood_of_refusals_is_counted_in_a_few_lines()
    {
        var logs = new Logs();
        await using var world = await LimitsWorld.StartAsync(s_governance, logs: logs);
        await Parallel.ForAsync(0, 1000, async (call, _) => await world.StatusAsync($"{Unknown}{call}"));
        await Until.TrueAsync(() => Counts(logs).Sum() == 1000, "not all of them are told");
        Assert.InRange(Counts(logs).Count, 1, 60);
    }

    [Fact]
    public async Task Key_is_named_by_metrics_once_it_is_known_and_what_strangers_present_is_not()
    {
        await using var world = await LimitsWorld.StartAsync(s_governance);
        Assert.Equal(2, await world.AnsweredAsync(Ann, 3));
        Assert.Equal(HttpStatusCode.Forbidden, await world.StatusAsync(Unknown));
        using var admin = new HttpClient();
        var scrape = "";
        await Until.TrueAsync(
            async () => (scrape = await admin.GetStringAsync(world.Gateways[0].AdminUrl + "/metrics")).Contains("virtual_key_not_found"),
            "nothing is counted");
        Assert.Matches(
            "gateway_client_duration_seconds_count\\{(?=[^}]*virtual_key_name=\"ann\")(?=[^}]*team=\"The group\")(?=[^}]*outcome=\"limited\")",
            scrape);
        Assert.Matches("gateway_client_rejected_total\\{(?=[^}]*virtual_key_name=\"ann\")(?=[^}]*reason=\"request_limited\")", scrape);
        Assert.DoesNotContain("sk-bf-", scrape, StringComparison.OrdinalIgnoreCase);
    }

    private static List<int> Counts(Logs logs) =>
        [.. logs.Lines.Select(line => Denied().Match(line)).Where(match => match.Success)
            .Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];

    [GeneratedRegex("Denied ([0-9]+) times: virtual_key_not_found")]
    private static partial Regex Denied();
}
