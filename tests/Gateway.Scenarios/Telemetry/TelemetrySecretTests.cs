using System.Net.Http.Headers;
using System.Text;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Telemetry;

/// <summary>What must not be seen is planted wherever a client or an upstream can put it, and looked for wherever an operator can look.</summary>
[Collection(nameof(WatchedGateway))]
public sealed class TelemetrySecretTests(WatchedGateway world)
{
    private const string Bearer = "planted-bearer-5f0d8a61";
    private const string Header = "planted-header-77c1e0b2";
    private const string Query = "planted-query-a9e3d4c5";
    private const string Path = "sk-planted-path-20b6f1d8";
    private const string Id = "sk-planted-id-6c31f0ae";
    private const string Domain = "planted-domain-secret-3d9c";
    private const string Bytes = "planted-file-bytes-8e7a4412";
    private const string Baggage = "planted-baggage-10fe93bc";

    [Fact]
    public async Task Secrets_appear_in_no_log_span_metric_or_error()
    {
        await world.ReadyAsync();
        var answers = new StringBuilder();
        var last = "";
        foreach (var provider in new[] { "openai", "local", "refused", "failing", "throttled", "slow", "down" })
        {
            last = await SendAsync(HttpMethod.Get, $"/v1/containers?provider={provider}&api_key={Query}", null, answers);
            var create = $$"""
                { "name": "s", "network_policy": { "type": "allowlist", "allowed_domains": ["a.example"],
                  "domain_secrets": [ { "domain": "a.example", "name": "K", "value": "{{Domain}}" } ] } }
                """;
            await SendAsync(HttpMethod.Post, $"/v1/containers?provider={provider}", Json(create), answers);
            await SendAsync(HttpMethod.Post, $"/v1/containers?provider={provider}", Json(create[..^40]), answers);
        }

        var (container, _) = await world.FileAsync("openai", 10);
        using (var form = new MultipartFormDataContent { { new StringContent(Bytes), "file", "data.txt" } })
        {
            await SendAsync(HttpMethod.Post, $"/v1/containers/{container}/files", form, answers);
        }

        // A key where an id belongs: in the path, in the query, in a body, as a method, as a request id.
        string[] paths =
        [
            $"/v1/containers/{Id}", $"/v1/containers/{Id}?provider=openai", $"/v1/containers/cntr_1/files/{Id}/content?provider=openai",
            $"/v1/containers?after={Id}", $"/v1/containers?provider={Id}",
        ];
        foreach (var path in paths)
        {
            await SendAsync(HttpMethod.Get, path, null, null);
        }

        await SendAsync(
            HttpMethod.Post, $"/v1/containers/{container}/files?provider=openai", Json($$"""{"file_id":"{{Id}}"}"""), null);
        await SendAsync(new HttpMethod(Id.ToUpperInvariant()), "/v1/containers", null, null);
        await SendAsync(HttpMethod.Get, $"/elsewhere/{Path}?key={Query}", null, answers);
        last = await SendAsync(HttpMethod.Get, $"/elsewhere/Bearer%20{Bearer}", null, answers);

        // The last request's own traces have come, and with them those before it.
        await world.Collector.TraceAsync(last, 1);
        await Until.TrueAsync(() => world.Collector.Holds("/v1/logs", last[..8]) || world.Collector.Holds("/v1/logs", "elsewhere"), "No logs.");
        var places = new Dictionary<string, string>
        {
            ["metrics"] = await world.ScrapeAsync(),
            ["log"] = string.Join('\n', world.Process.Output),
            ["OTLP"] = string.Join('\n', world.Collector.Bodies.Select(body => Encoding.Latin1.GetString(body.Body))),
        };
        string[] secrets = [Bearer, Header, Query, Path, Id, Domain, Bytes, Baggage, WatchedGateway.UpstreamKey, WatchedGateway.OtherKey];
        foreach (var (place, text) in places)
        {
            foreach (var secret in secrets)
            {
                Assert.False(text.Contains(secret, StringComparison.OrdinalIgnoreCase), $"{secret} is in {place}");
            }
        }

        foreach (var secret in new[] { WatchedGateway.UpstreamKey, Bearer, Domain, Bytes })
        {
            Assert.DoesNotContain(secret, answers.ToString(), StringComparison.Ordinal);
        }
    }

    private async Task<string> SendAsync(HttpMethod method, string path, HttpContent? content, StringBuilder? answers)
    {
        var trace = Guid.NewGuid().ToString("N");
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Bearer);
        request.Headers.Add("traceparent", $"00-{trace}-00f067aa0ba902b7-01");
        request.Headers.Add("baggage", $"user={Baggage}");
        request.Headers.Add("x-request-id", Id);
        string[] names =
        [
            "api-key", "x-api-key", "x-goog-api-key", "Cookie", "Proxy-Authorization", "x-bf-vk", "x-bf-api-key", "User-Agent", "Referer", "Origin",
            "x-bf-prom-key", "OpenAI-Organization",
        ];
        foreach (var name in names)
        {
            request.Headers.TryAddWithoutValidation(name, Header);
        }

        using var response = await world.Client.SendAsync(request);
        answers?.AppendLine(await response.Content.ReadAsStringAsync());
        return trace;
    }
}
