using System.Globalization;
using System.Text.RegularExpressions;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Telemetry;

[Collection(nameof(WatchedGateway))]
public sealed partial class MetricTests(WatchedGateway world)
{
    /// <summary>What every word of a stranger begins with.</summary>
    private const string Stranger = "stranger";

    /// <summary>The page is also the list of approved names: a package that renames a series, or a new label, fails here.</summary>
    [Fact]
    public async Task Metrics_are_all_documented_with_their_types_and_labels()
    {
        await world.ReadyAsync();
        var documented = Documented();
        var live = Exposition.Families(await world.ScrapeAsync());
        Assert.Empty(live.Keys.Except(documented.Keys));
        Assert.Empty(documented.Keys.Except(live.Keys).Except(RareSeries.Names));
        foreach (var (name, family) in live)
        {
            Assert.True(documented[name].Type == family.Type, $"{name} is a {family.Type}");
            Assert.True(
                family.Labels.IsSubsetOf(documented[name].Labels), $"{name} has {string.Join(", ", family.Labels.Except(documented[name].Labels))}");
            if (name.StartsWith("gateway_", StringComparison.Ordinal) || name.StartsWith("bifrost_", StringComparison.Ordinal))
            {
                Assert.True(
                    documented[name].Labels.SetEquals(family.Labels),
                    $"{name} never has {string.Join(", ", documented[name].Labels.Except(family.Labels))}");
            }
        }
    }

    [Fact]
    public async Task Metrics_pass_the_check_of_promtool()
    {
        await world.ReadyAsync();
        var (code, output) = await Tool.RunAsync("promtool", await world.ScrapeAsync(), "check", "metrics");

        // Exit code 3: lint of names. The runtime's own (_total_total, units) are not ours to name.
        Assert.True(code is 0 or 3, output);
        Assert.DoesNotContain(output.Split('\n'), line => line.StartsWith("gateway_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metrics_lead_to_traces_by_exemplars()
    {
        await world.ReadyAsync();
        var text = await world.ScrapeAsync("application/openmetrics-text; version=1.0.0");
        Assert.Matches("""gateway_operation_duration_seconds_bucket\{[^}]*\} [0-9]+ # \{[^}]*trace_id="[0-9a-f]{32}""", text);
    }

    [Fact]
    public async Task Metrics_count_what_happened()
    {
        await world.ReadyAsync();
        var prometheus = world.Prometheus;
        await Until.TrueAsync(async () => !Active().IsMatch(await world.ScrapeAsync()), "Something is still active.");
        await prometheus.UntilSumAsync("""gateway_file_bytes_total{direction="in",provider="openai"}""", sum => sum >= 200_000);
        await prometheus.UntilSumAsync("""gateway_file_bytes_total{direction="out",provider="local"}""", sum => sum >= 200_000);
        await prometheus.UntilSumAsync("""gateway_upstream_retries_total{provider="flaky",reason="server_error"}""", sum => sum >= 1);
        await prometheus.UntilSumAsync("""count(gateway_provider_available{provider="unset"} == 0)""", sum => sum == 1);
        await prometheus.UntilSumAsync("""gateway_key_available{provider="openai",key="main"}""", sum => sum == 1);
        foreach (var (provider, type) in new[]
        {
            ("throttled", "provider_rate_limited"), ("failing", "provider_server_error"), ("overloaded", "provider_overloaded"),
            ("slow", "provider_timeout"), ("down", "provider_connection_failed"), ("none", "caller_invalid_request"),
            ("unset", "provider_auth_failed"),
        })
        {
            await prometheus.UntilSumAsync(
                $$"""gateway_operation_duration_seconds_count{provider="{{provider}}",error_type="{{type}}"}""", sum => sum > 0);
        }
    }

    /// <summary>What an alert reads: the gauge stands for as long as the file cannot be used, the counter has been there before it moved.</summary>
    [Fact]
    public async Task Metrics_say_that_an_edit_was_refused_until_it_is_mended()
    {
        await world.ReadyAsync();
        Assert.Contains("gateway_config_refused{} 0", await world.ScrapeAsync(), StringComparison.Ordinal);
        Assert.Matches("gateway_config_reloads_total\\{outcome=\"refused\"\\} 0", await world.ScrapeAsync());
        await world.ConfigureAsync(config => config + "}");
        await Until.TrueAsync(
            async () => (await world.ScrapeAsync()).Contains("gateway_config_refused{} 1", StringComparison.Ordinal), "The edit is not refused.");
        Assert.Matches("gateway_config_reloads_total\\{outcome=\"refused\"\\} 1", await world.ScrapeAsync());
        await world.ConfigureAsync(config => config[..^1]);
        await Until.TrueAsync(
            async () => (await world.ScrapeAsync()).Contains("gateway_config_refused{} 0", StringComparison.Ordinal),
            "The mended file is not taken.");
    }

    [Fact]
    public async Task Metrics_name_why_requests_were_refused()
    {
        await world.ReadyAsync();
        foreach (var reason in new[] { "unknown_url", "invalid_json", "provider_not_found" })
        {
            await world.Prometheus.UntilSumAsync($"gateway_client_rejected_total{{reason=\"{reason}\"}}", sum => sum > 0);
        }

        // What a provider said, the one inside the gateway included, was no refusal.
        using var missing = await world.Client.GetAsync("/v1/containers/cntr_missing?provider=local");
        var one = await RejectedAsync();
        for (var i = 0; i < 20; i++)
        {
            using var again = await world.Client.GetAsync("/v1/containers/cntr_missing?provider=local");
        }

        // Of what other tests asked, one may still have been on its way into the counter.
        Assert.InRange(await RejectedAsync() - one, 0, 19);

        async Task<double> RejectedAsync() =>
            Rejected().Matches(await world.ScrapeAsync()).Sum(line => double.Parse(line.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Metrics_leave_the_admin_listener_out()
    {
        await world.ReadyAsync();
        Assert.DoesNotContain("/metrics", await world.ScrapeAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(world.Collector.Spans, span => span.Tags.Values.Contains("/metrics"));
    }

    /// <summary>
    /// 10,000 requests of strangers, with random paths, ids, providers, methods and headers: no label holds a word of theirs, and what new series
    /// there are is known values that met for the first time, not one a request. Ids name a provider: they would be looked for at all of them, which
    /// this world has mostly made to fail.
    /// </summary>
    [Fact]
    public async Task Metrics_do_not_grow_with_what_clients_send()
    {
        await world.ReadyAsync();
        var random = new Random(7);
        await SendAsync(random, 500);
        var before = Exposition.Series(await world.ScrapeAsync());
        await SendAsync(random, 10_000);
        var after = Exposition.Series(await world.ScrapeAsync());

        Assert.DoesNotContain(after, series => series.Contains(Stranger, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(after, series => series.Contains("otel_metric_overflow", StringComparison.Ordinal));
        Assert.InRange(after.Except(before).Count(), 0, 500);
    }

    private static Dictionary<string, (string Type, HashSet<string> Labels)> Documented()
    {
        var page = Repository.Read("dashboards/README.md");
        var table = page[page.IndexOf("<!-- metrics:begin", StringComparison.Ordinal)..page.IndexOf("<!-- metrics:end", StringComparison.Ordinal)];
        return Row().Matches(table).ToDictionary(
            row => row.Groups[1].Value,
            row => (row.Groups[2].Value, Code().Matches(row.Groups[3].Value).Select(label => label.Groups[1].Value).ToHashSet()));
    }

    private async Task SendAsync(Random random, int count) => await Parallel.ForEachAsync(
        Enumerable.Range(0, count).Select(_ => Random(random)).ToList(), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (make, token) =>
        {
            using var request = make();
            using var response = await world.Client.SendAsync(request, HttpCompletionOption.ResponseContentRead, token);
        });

    private static Func<HttpRequestMessage> Random(Random random)
    {
        var word = Stranger + Convert.ToHexStringLower(BitConverter.GetBytes(random.NextInt64()));
        var (method, path) = random.Next(6) switch
        {
            0 => ("GET", $"/{word}/{word}"),
            1 => ("GET", $"/v1/containers/cntr_{word}?provider=openai"),
            2 => ("GET", $"/v1/containers?provider={word}"),
            3 => ("GET", $"/v1/containers/cntr_{word}/files/cfile_{word}?provider=local"),
            4 => (word.ToUpperInvariant(), "/v1/containers"),
            _ => ("GET", $"/openai/v1/containers/cntr_{word}?x={word}&provider=openai"),
        };
        return () =>
        {
            var request = new HttpRequestMessage(new HttpMethod(method), path);
            request.Headers.TryAddWithoutValidation("x-" + word, word);
            request.Headers.TryAddWithoutValidation("User-Agent", word);
            request.Headers.TryAddWithoutValidation("x-request-id", word);
            return request;
        };
    }

    [GeneratedRegex(@"^\| `([^`]+)` \| (\w+) \| ([^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("gateway_operation_active\\{[^}]*\\} [1-9]")]
    private static partial Regex Active();

    [GeneratedRegex("^gateway_client_rejected_total[^ ]* ([0-9.e+]+)", RegexOptions.Multiline)]
    private static partial Regex Rejected();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
