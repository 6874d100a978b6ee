using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Telemetry;

/// <summary>How many traces are kept is the operator's choice; a caller that has chosen already is followed.</summary>
public sealed class SamplingTests : IAsyncDisposable
{
    private const int Requests = 400;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("sampled-");

    [Theory]
    [InlineData("0", 0, 0)]
    [InlineData("0.25", 40, 180)]
    [InlineData("1", Requests, Requests)]
    public async Task Sampling_keeps_the_share_of_traces_that_is_configured(string ratio, int least, int most)
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var gateway = await StartAsync(ratio, collector);
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Url) };
        for (var i = 0; i < Requests; i++)
        {
            (await http.GetAsync("/v1/containers")).EnsureSuccessStatusCode();
        }

        // The end of the process sends what waits.
        gateway.Terminate();
        await gateway.WaitForExitAsync(Until.Hung);
        await Until.TrueAsync(() => collector.Spans.Count(span => span.Name == "container_list") >= least, "Too few spans arrive.");
        Assert.InRange(collector.Spans.Count(span => span.Name == "container_list"), least, most);
    }

    [Fact]
    public async Task Sampling_follows_the_caller_that_has_decided()
    {
        await using var collector = await OtlpCollector.StartAsync();
        await using var gateway = await StartAsync("0", collector);
        using var http = new HttpClient { BaseAddress = new Uri(gateway.Url) };
        foreach (var flag in new[] { "00", "01" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/containers");
            request.Headers.Add("traceparent", $"00-0af7651916cd43dd8448eb211c8031{flag}-b7ad6b7169203331-{flag}");
            (await http.SendAsync(request)).EnsureSuccessStatusCode();
        }

        gateway.Terminate();
        await gateway.WaitForExitAsync(Until.Hung);
        await Until.TrueAsync(() => collector.Spans.Any(span => span.Name == "container_list"), "No span arrives.");
        Assert.Equal(["0af7651916cd43dd8448eb211c803101"], collector.Spans.Select(span => span.TraceId).Distinct());
    }

    public ValueTask DisposeAsync()
    {
        _directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private Task<GatewayProcess> StartAsync(string ratio, OtlpCollector collector) => GatewayProcess.StartAsync(
        _directory.FullName,
        $$"""
        {
          "server": { "urls": "http://127.0.0.1:0", "admin_urls": "http://127.0.0.1:0" },
          "telemetry": { "trace_sampling_ratio": {{ratio}} },
          "default_provider": "local", "drop_in_provider": "local", "data_directory": "{{_directory.FullName}}/data",
          "providers": { "local": {} }, "cache": { "enabled": false }
        }
        """,
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));
}
