using System.Text.Json.Nodes;
using Gateway.Fakes;
using Gateway.Scenarios.Accounts;
using Xunit;

namespace Gateway.Scenarios.Telemetry;

/// <summary>Span trees as a collector receives them over OTLP.</summary>
[Collection(nameof(WatchedGateway))]
public sealed class TraceTests(WatchedGateway world)
{
    private const int Server = 2;
    private const int Client = 3;

    [Fact]
    public async Task Trace_shows_a_single_upstream_request()
    {
        await world.ReadyAsync();
        var (container, _) = await world.FileAsync("openai", 10);
        var (response, trace) = await world.TracedAsync(HttpMethod.Get, $"/v1/containers/{container}");
        response.Dispose();
        var (server, operation, attempts) = Tree(await world.Collector.TraceAsync(trace, 3));
        Assert.Equal("00f067aa0ba902b7", server.ParentId);
        Assert.Equal("GET /v1/containers/{container_id}", server.Name);
        Assert.Equal("200", server.Tags["http.response.status_code"]);
        Assert.Equal("GET", server.Tags["http.request.method"]);
        Assert.Equal("/v1/containers/{container_id}", server.Tags["http.route"]);
        Assert.Equal("container_retrieve", operation.Name);
        Assert.Equal("openai", operation.Tags["gateway.provider"]);
        Assert.Equal("main", operation.Tags["gateway.account"]);
        Assert.Equal("ok", operation.Tags["gateway.outcome"]);
        Assert.Equal("1", operation.Tags["gateway.attempts"]);
        Assert.Equal(container, operation.Tags["gateway.container.id"]);
        Assert.DoesNotContain("error.type", operation.Tags.Keys);
        var attempt = Assert.Single(attempts);
        Assert.Equal("GET", attempt.Name);
        Assert.Equal($"/v1/containers/{container}", attempt.Tags["url.path"]);
        Assert.Equal("127.0.0.1", attempt.Tags["server.address"]);
        Assert.Equal("200", attempt.Tags["http.response.status_code"]);
        Assert.DoesNotContain("http.request.resend_count", attempt.Tags.Keys);
    }

    [Fact]
    public async Task Trace_shows_a_retried_upstream_request()
    {
        await world.ReadyAsync();
        IReadOnlyList<OtlpSpan> spans = [];
        for (var i = 0; i < 2 && spans.Count < 4; i++)
        {
            // Every other request of this provider fails at first.
            var (response, trace) = await world.TracedAsync(HttpMethod.Get, "/v1/containers?provider=flaky");
            Assert.True(response.IsSuccessStatusCode);
            var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync())!.AsObject();
            response.Dispose();
            spans = await world.Collector.TraceAsync(trace, 2 + AccountsWorld.AttemptsOf(answer));
        }

        var (_, operation, attempts) = Tree(spans);
        Assert.Equal("2", operation.Tags["gateway.attempts"]);
        Assert.Equal(2, attempts.Count);
        var failed = Assert.Single(attempts, attempt => !attempt.Tags.ContainsKey("http.request.resend_count"));
        Assert.Equal("503", failed.Tags["http.response.status_code"]);
        Assert.Equal("server_error", failed.Tags["error.type"]);
        Assert.Equal(2, failed.Status);
        var repeated = Assert.Single(attempts, attempt => attempt.Tags.GetValueOrDefault("http.request.resend_count") == "1");
        Assert.Equal("200", repeated.Tags["http.response.status_code"]);
    }

    /// <summary>One attempt for each account, side by side beneath the one operation, none of them a repetition.</summary>
    [Theory]
    [InlineData("pair", "pair", "one two")]
    [InlineData("openai,own", "several", "main own-key")]
    public async Task Trace_shows_the_parts_of_a_merged_list(string provider, string shown, string accounts)
    {
        await world.ReadyAsync();
        var (response, trace) = await world.TracedAsync(HttpMethod.Get, $"/v1/containers?provider={provider}");
        response.Dispose();
        var (_, operation, attempts) = Tree(await world.Collector.TraceAsync(trace, 4));
        Assert.Equal(("container_list", shown, "2"), (operation.Name, operation.Tags["gateway.provider"], operation.Tags["gateway.attempts"]));
        Assert.Equal(accounts, string.Join(' ', attempts.Select(attempt => attempt.Tags["gateway.account"]).Order()));
        Assert.All(attempts, attempt => Assert.Equal("/v1/containers", attempt.Tags["url.path"]));
        Assert.All(attempts, attempt => Assert.DoesNotContain("http.request.resend_count", attempt.Tags.Keys));
    }

    /// <summary>The first to ask has the attempt beneath its own operation, though a cache asked for it; the second has none.</summary>
    [Fact]
    public async Task Trace_shows_a_list_from_the_cache()
    {
        await world.ReadyAsync();
        var path = $"/v1/containers?provider=cached&name={Guid.NewGuid():N}";
        var (first, missed) = await world.TracedAsync(HttpMethod.Get, path);
        first.Dispose();
        var (second, hit) = await world.TracedAsync(HttpMethod.Get, path);
        second.Dispose();
        var (_, miss, attempts) = Tree(await world.Collector.TraceAsync(missed, 3));
        Assert.Equal(("miss", "1"), (miss.Tags["gateway.cache"], miss.Tags["gateway.attempts"]));
        Assert.Single(attempts);
        var (_, served, none) = Tree(await world.Collector.TraceAsync(hit, 2));
        Assert.Equal(("hit", "0", "ok"), (served.Tags["gateway.cache"], served.Tags["gateway.attempts"], served.Tags["gateway.outcome"]));
        Assert.Empty(none);
    }

    [Fact]
    public async Task Trace_shows_a_request_nobody_answers_without_its_words()
    {
        await world.ReadyAsync();
        var trace = Guid.NewGuid().ToString("N");
        using var request = new HttpRequestMessage(new HttpMethod("STRANGE"), "/no/such/path?name=value");
        request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
        using var response = await world.Client.SendAsync(request);
        var server = Assert.Single(await world.Collector.TraceAsync(trace, 1));
        Assert.Equal(("HTTP", "_OTHER", "/no/such/path"), (server.Name, server.Tags["http.request.method"], server.Tags["url.path"]));
        Assert.DoesNotContain(
            server.Tags.Values, value => value.Contains("value", StringComparison.Ordinal) || value.Contains("STRANGE", StringComparison.Ordinal));
    }

    /// <summary>Each completion line belongs to the trace of its request.</summary>
    [Fact]
    public async Task Trace_is_told_by_the_log()
    {
        await world.ReadyAsync();
        var (response, trace) = await world.TracedAsync(HttpMethod.Get, "/v1/containers");
        response.Dispose();
        await Until.TrueAsync(() => world.Collector.Logs.Any(log => log.TraceId == trace), "The line does not arrive.");
        var line = Assert.Single(world.Collector.Logs, log => log.TraceId == trace);
        Assert.StartsWith("container_list 200 in ", line.Body, StringComparison.Ordinal);
        Assert.Equal(("container_list", "openai", "main"), (line.Tags["Operation"], line.Tags["Provider"], line.Tags["Key"]));
        var (server, _, _) = Tree(await world.Collector.TraceAsync(trace, 3));
        Assert.Equal(server.SpanId, line.SpanId);
    }

    [Fact]
    public async Task Trace_shows_a_failed_create()
    {
        await world.ReadyAsync();
        var (response, trace) = await world.TracedAsync(HttpMethod.Post, "/v1/containers?provider=failing", Json("""{"name":"x"}"""));
        response.Dispose();
        var (server, operation, attempts) = Tree(await world.Collector.TraceAsync(trace, 3));
        Assert.Equal(("502", 2), (server.Tags["http.response.status_code"], server.Status));
        Assert.Equal(("error", "provider_server_error", 2), (operation.Tags["gateway.outcome"], operation.Tags["error.type"], operation.Status));
        Assert.Equal("500", Assert.Single(attempts).Tags["http.response.status_code"]);
    }

    [Fact]
    public async Task Trace_does_not_blame_the_server_for_its_callers()
    {
        await world.ReadyAsync();
        var (response, trace) = await world.TracedAsync(HttpMethod.Get, "/v1/containers?limit=x");
        response.Dispose();
        var spans = await world.Collector.TraceAsync(trace, 2);
        Assert.All(spans, span => Assert.Equal((0, "caller_invalid_request"), (span.Status, span.Tags["error.type"])));
        Assert.DoesNotContain(spans, span => span.Kind == Client);
    }

    [Fact]
    public async Task Trace_shows_an_aborted_download_with_the_bytes_it_got()
    {
        await world.ReadyAsync();
        var (container, file) = await world.FileAsync("openai", 32 << 20);
        var (response, trace) = await world.TracedAsync(HttpMethod.Get, $"/v1/containers/{container}/files/{file}/content");
        await using (var body = await response.Content.ReadAsStreamAsync())
        {
            await body.ReadExactlyAsync(new byte[100_000]);
        }

        response.Dispose();
        var (_, operation, _) = Tree(await world.Collector.TraceAsync(trace, 3));
        Assert.Equal("caller_cancelled", operation.Tags["error.type"]);
        Assert.Equal(file, operation.Tags["gateway.file.id"]);
        Assert.InRange(long.Parse(operation.Tags["http.response.body.size"]), 1, (32 << 20) - 1);
    }

    [Fact]
    public async Task Trace_goes_on_only_in_upstreams_of_ones_own()
    {
        await world.ReadyAsync();
        foreach (var (provider, told) in new[] { ("own", true), ("openai", false) })
        {
            var (response, trace) = await world.TracedAsync(HttpMethod.Get, $"/v1/containers?provider={provider}&name={Guid.NewGuid():N}");
            response.Dispose();
            var attempt = Assert.Single(Tree(await world.Collector.TraceAsync(trace, 3)).Attempts);
            var sent = world.Upstream.Requests.Last(request => request.Target.Contains("name=", StringComparison.Ordinal)).Headers;
            Assert.Equal(told ? $"00-{trace}-{attempt.SpanId}-01" : null, sent.GetValueOrDefault("traceparent"));
            Assert.DoesNotContain("baggage", sent.Keys);
        }
    }

    [Fact]
    public async Task Traces_come_with_metrics_and_logs()
    {
        await world.ReadyAsync();
        await Until.TrueAsync(
            () => world.Collector.Holds("/v1/metrics", "gateway.operation.duration") && world.Collector.Holds("/v1/logs", "container_create"),
            "Metrics or logs do not arrive.");
        Assert.True(world.Collector.Holds("/v1/metrics", "gateway"));
    }

    private static (OtlpSpan Server, OtlpSpan Operation, IReadOnlyList<OtlpSpan> Attempts) Tree(IReadOnlyList<OtlpSpan> spans)
    {
        var server = Assert.Single(spans, span => span.Kind == Server);
        var operation = Assert.Single(spans, span => span.ParentId == server.SpanId);
        var attempts = spans.Where(span => span.ParentId == operation.SpanId).ToList();
        Assert.All(attempts, attempt => Assert.Equal(Client, attempt.Kind));
        Assert.Equal(spans.Count, attempts.Count + 2);
        return (server, operation, attempts);
    }
}
