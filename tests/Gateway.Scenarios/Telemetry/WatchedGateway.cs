using System.Net.Http.Headers;
using Gateway.Fakes;
using Gateway.Scenarios.Telemetry;
using Microsoft.AspNetCore.Http;
using Xunit;

[assembly: AssemblyFixture(typeof(WatchedGateway))]

namespace Gateway.Scenarios.Telemetry;

/// <summary>
/// One gateway process with an upstream that can fail in every way, a collector and a Prometheus that watch it, and traffic of every operation,
/// outcome and fault behind it. A process of its own, since meters belong to the process.
/// </summary>
public sealed class WatchedGateway : IAsyncLifetime
{
    /// <summary>The upstream's key; must appear nowhere but on the wire to the upstream.</summary>
    public const string UpstreamKey = "sk-planted-upstream-0123456789";

    /// <summary>The upstream's key to a second account.</summary>
    public const string OtherKey = "sk-planted-upstream-9876543210";

    /// <summary>The key of those who drive the traffic; must appear nowhere.</summary>
    public const string ClientKey = "sk-bf-planted-client-0123456789";

    /// <summary>A key with a limit; must appear nowhere.</summary>
    public const string LimitedKey = "sk-bf-planted-limited-0123456789";

    /// <summary>A key whose time is over; must appear nowhere.</summary>
    public const string ExpiredKey = "sk-bf-planted-expired-0123456789";

    private readonly Lazy<Task> _start;
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("watched-");
    private FakeOpenAI? _upstream;
    private OtlpCollector? _collector;
    private GatewayProcess? _gateway;
    private PrometheusServer? _prometheus;
    private HttpClient? _client;
    private HttpClient? _admin;
    private int _flaky;

    private string ConfigPath => System.IO.Path.Combine(_directory.FullName, "gateway.json");

    public WatchedGateway() => _start = new Lazy<Task>(StartAsync);

    public FakeOpenAI Upstream => _upstream!;

    public OtlpCollector Collector => _collector!;

    public PrometheusServer Prometheus => _prometheus!;

    public GatewayProcess Process => _gateway!;

    public HttpClient Client => _client!;

    /// <summary>Fixtures of an assembly are made for every run; this one starts only when a test asks for it.</summary>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Starts everything, once, and drives the traffic.</summary>
    public Task ReadyAsync() => _start.Value;

    /// <summary>What a scrape says.</summary>
    public async Task<string> ScrapeAsync(string accept = "text/plain")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.ParseAdd(accept);
        using var response = await _admin!.SendAsync(request);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync();
    }

    /// <summary>A request that begins a trace of its own, so that its spans can be found.</summary>
    public async Task<(HttpResponseMessage Response, string TraceId)> TracedAsync(HttpMethod method, string path, HttpContent? content = null)
    {
        var trace = Guid.NewGuid().ToString("N");
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
        return (await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead), trace);
    }

    /// <summary>Writes another configuration where the gateway looks for it.</summary>
    /// <param name="edit">From the one it has to the other one.</param>
    public async Task ConfigureAsync(Func<string, string> edit)
    {
        await File.WriteAllTextAsync(ConfigPath + ".new", edit(await File.ReadAllTextAsync(ConfigPath)));
        File.Move(ConfigPath + ".new", ConfigPath, overwrite: true);
    }

    /// <summary>A container with a file in it.</summary>
    public async Task<(string Container, string File)> FileAsync(string provider, int bytes)
    {
        var container = await IdAsync(await Client.PostAsync($"/v1/containers?provider={provider}", Json("""{"name":"watched"}""")));
        using var form = new MultipartFormDataContent { { new ByteArrayContent(new byte[bytes]), "file", "data.bin" } };
        var file = await IdAsync(await Client.PostAsync($"/v1/containers/{container}/files?provider={provider}", form));
        return (container, file);
    }

    public async ValueTask DisposeAsync()
    {
        if (_prometheus is not null)
        {
            await _prometheus.DisposeAsync();
        }

        if (_gateway is not null)
        {
            await _gateway.DisposeAsync();
        }

        if (_collector is not null)
        {
            await _collector.DisposeAsync();
        }

        if (_upstream is not null)
        {
            await _upstream.DisposeAsync();
        }

        _client?.Dispose();
        _admin?.Dispose();
        _directory.Delete(recursive: true);
    }

    // Not cached, so that each list shows what asking costs; one provider shows the cache.
    private static string Custom(string url, string name, string fault, string network = "", bool isCached = false) => $$"""
        "{{name}}": {
          "cache_config": { "enabled": {{(isCached ? "true" : "false")}} },
          "keys": [ { "name": "{{name}}-key", "value": "env.UPSTREAM_KEY" } ],
          "network_config": { "base_url": "{{url}}", "extra_headers": { "x-fault": "{{fault}}" }{{network}} },
          "custom_provider_config": { "base_provider_type": "openai" } }
        """;

    private async Task StartAsync()
    {
        _upstream = await FakeOpenAI.StartAsync(UpstreamKey, OtherKey);
        _upstream.Intercept = InterceptAsync;
        _collector = await OtlpCollector.StartAsync();
        var url = _upstream.Url;
        _gateway = await GatewayProcess.StartAsync(
            _directory.FullName,
            $$"""
            {
              "server": { "urls": "http://127.0.0.1:0", "admin_urls": "http://127.0.0.1:0" },
              "telemetry": { "bifrost_metrics": true },
              "governance": {
                "rate_limits": [ { "id": "one", "request_max_limit": 1, "request_reset_duration": "1h" } ],
                "customers": [ { "id": "acme", "name": "Acme" } ], "teams": [ { "id": "lab", "name": "Lab", "customer_id": "acme" } ],
                "virtual_keys": [
                  { "name": "driver", "value": "{{ClientKey}}", "team_id": "lab", "provider_configs": [ { "provider": "*" } ],
                    "containers": "all", "allow_pinning": true, "allow_forwarded_headers": true },
                  { "name": "limited", "value": "{{LimitedKey}}", "rate_limit_id": "one", "provider_configs": [ { "provider": "*" } ] },
                  { "name": "expired", "value": "{{ExpiredKey}}", "expires_at": "2024-01-01T00:00:00Z" } ]
              },
              "default_provider": "openai", "drop_in_provider": "openai", "data_directory": "{{_directory.FullName}}/data",
              "providers": {
                "local": {},
                "openai": {
                  "cache_config": { "enabled": false },
                  "keys": [ { "name": "main", "value": "env.UPSTREAM_KEY" } ], "network_config": { "base_url": "{{url}}" } },
                "pair": {
                  "cache_config": { "enabled": false },
                  "keys": [ { "name": "one", "value": "env.UPSTREAM_KEY" }, { "name": "two", "value": "env.OTHER_KEY" } ],
                  "network_config": { "base_url": "{{url}}" }, "custom_provider_config": { "base_provider_type": "openai" } },
                "unset": {
                  "keys": [ { "name": "none", "value": "env.NOT_SET" } ],
                  "network_config": { "base_url": "{{url}}" }, "custom_provider_config": { "base_provider_type": "openai" } },
                {{Custom(url, "own", "none", ", \"propagate_trace\": true")}},
                {{Custom(url, "cached", "none", isCached: true)}},
                {{Custom(url, "throttled", "429")}},
                {{Custom(url, "refused", "401")}},
                {{Custom(url, "failing", "500")}},
                {{Custom(url, "overloaded", "503")}},
                {{Custom(url, "flaky", "flaky", ", \"max_retries\": 2, \"retry_backoff_initial\": 1, \"retry_backoff_max\": 1")}},
                {{Custom(url, "slow", "silence", ", \"default_request_timeout_in_seconds\": 1")}},
                {{Custom("http://127.0.0.1:1", "down", "none")}}
              },
              "cache": { "ttl_seconds": 3600 }
            }
            """,
            ("UPSTREAM_KEY", UpstreamKey), ("OTHER_KEY", OtherKey), ("OTEL_EXPORTER_OTLP_ENDPOINT", _collector.Url),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_BSP_SCHEDULE_DELAY", "100"), ("OTEL_BLRP_SCHEDULE_DELAY", "100"), ("OTEL_METRIC_EXPORT_INTERVAL", "1000"));
        _client = new HttpClient { BaseAddress = new Uri(_gateway.Url), Timeout = TimeSpan.FromSeconds(30) };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ClientKey);
        _admin = new HttpClient { BaseAddress = new Uri(_gateway.AdminUrl) };
        _prometheus = await PrometheusServer.StartAsync(_gateway.AdminUrl, System.IO.Path.Combine(Repository.Root, "dashboards", "rules"));

        // Twice, with scrapes before, between and after: a rate needs a difference.
        await DriveAsync();
        await ScrapedAsync();
        await DriveAsync();
        await ScrapedAsync();
    }

    /// <summary>Waits until two more good scrapes, and the rules after them, have seen what was driven so far.</summary>
    private async Task ScrapedAsync()
    {
        const string Count = "sum(sum_over_time(up[10m]))";
        var before = await _prometheus!.SumAsync(Count);
        await Until.TrueAsync(async () => await _prometheus.SumAsync(Count) >= before + 3, "Prometheus does not scrape.");
    }

    private async Task DriveAsync()
    {
        foreach (var provider in new[] { "openai", "own", "local" })
        {
            var (container, file) = await FileAsync(provider, 100_000);
            string[] paths = ["", $"/{container}", $"/{container}/files", $"/{container}/files/{file}", $"/{container}/files/{file}/content"];
            foreach (var path in paths)
            {
                using var answer = await Client.GetAsync($"/v1/containers{path}?provider={provider}");
                Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
            }

            using var removed = await Client.DeleteAsync($"/v1/containers/{container}/files/{file}?provider={provider}");
            using var deleted = await Client.DeleteAsync($"/v1/containers/{container}?provider={provider}");
            Assert.True(removed.IsSuccessStatusCode && deleted.IsSuccessStatusCode);
        }

        foreach (var provider in new[] { "throttled", "refused", "failing", "overloaded", "flaky", "slow", "down", "unset", "nobody" })
        {
            using var list = await Client.GetAsync($"/v1/containers?provider={provider}");
            using var create = await Client.PostAsync($"/v1/containers?provider={provider}", Json("""{"name":"watched"}"""));
        }

        using var miss = await Client.GetAsync("/v1/containers?provider=cached");
        using var hit = await Client.GetAsync("/v1/containers?provider=cached");
        using var fresh = new HttpRequestMessage(HttpMethod.Get, "/v1/containers?provider=cached") { Headers = { { "Cache-Control", "no-cache" } } };
        using var refreshed = await Client.SendAsync(fresh);
        Assert.True(miss.IsSuccessStatusCode && hit.IsSuccessStatusCode && refreshed.IsSuccessStatusCode);
        using var merged = await Client.GetAsync("/v1/containers?provider=pair");
        using var several = await Client.GetAsync("/v1/containers?provider=openai,own");
        Assert.True(merged.IsSuccessStatusCode && several.IsSuccessStatusCode);
        foreach (var key in new[] { LimitedKey, LimitedKey, ExpiredKey, "sk-bf-planted-unknown-0123456789" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/containers") { Headers = { { "Authorization", $"Bearer {key}" } } };
            using var answer = await Client.SendAsync(request);
        }

        using var missing = await Client.GetAsync("/v1/containers/cntr_missing");
        using var invalid = await Client.PostAsync("/v1/containers", Json("{"));
        using var elsewhere = await Client.GetAsync("/nothing/here");
    }

    private async Task<bool> InterceptAsync(HttpContext http)
    {
        var fault = http.Request.Headers["x-fault"].ToString();
        if (fault == "flaky")
        {
            fault = Interlocked.Increment(ref _flaky) % 2 == 1 ? "503" : "none";
        }

        if (fault is "" or "none")
        {
            return false;
        }

        if (fault == "silence")
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        }

        http.Response.StatusCode = int.Parse(fault);
        await http.Response.WriteAsync(
            $$"""{ "error": { "message": "refused {{http.Request.Headers.Authorization}}", "type": "t", "param": null, "code": null } }""");
        return true;
    }
}
