using Gateway.Fakes;
using Gateway.Scenarios.Upstream;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>A client that sends slowly or without an end is told so, and holds nothing of an upstream.</summary>
public sealed class SlowBodyTests
{
    private const string Upload =
        "POST /v1/containers/c/files HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 10000000\r\n\r\n"
        + "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";

    private const string Json =
        "POST /v1/containers HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: 10000000\r\n\r\n{";

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    [Fact]
    public async Task Uploads_below_the_rate_end_and_their_upstream_connection_with_them()
    {
        var left = new TaskCompletionSource();
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            await exchange.ReadHeadAsync();
            await exchange.UntilGatewayLeavesAsync();
            left.TrySetResult();
        });
        await using var gateway = await GatewayAsync(upstream.Url);
        await using var client = await RawClient.ConnectAsync(gateway);

        // What came fast before is no excuse.
        await client.SendAsync(Upload + new string('x', 1_000_000));
        var answer = client.ReceiveAsync();
        await AdvanceUntilAsync(_time, answer, () => client.SendAsync(new string('x', 100)));
        Assert.Contains("fewer than 1024 bytes", Refusal.Of(await answer, 408, "request_body_timeout"), StringComparison.Ordinal);
        await left.Task.WaitAsync(Until.Hung);
    }

    [Fact]
    public async Task Json_body_below_the_rate_is_not_waited_for()
    {
        await using var upstream = RawUpstream.Start(exchange => exchange.ReadHeadAsync());
        await using var gateway = await GatewayAsync(upstream.Url);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync(Json);
        var answer = client.ReceiveAsync();
        await AdvanceUntilAsync(_time, answer);
        Refusal.Of(await answer, 408, "request_body_timeout");
        Assert.Empty(upstream.Heads);
    }

    [Fact]
    public async Task Uploads_end_when_their_time_is_over_however_fast_they_are()
    {
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            await exchange.ReadHeadAsync();
            await exchange.UntilGatewayLeavesAsync();
        });
        await using var gateway = await GatewayAsync(upstream.Url, TimeSpan.FromSeconds(30));
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync(Upload);
        var answer = client.ReceiveAsync();
        await AdvanceUntilAsync(_time, answer, () => client.SendAsync(new string('x', 10_000)));
        Assert.Contains("longer than 30 seconds", Refusal.Of(await answer, 408, "request_body_timeout"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Slow_uploads_to_the_local_store_end_too()
    {
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.Local()), time: _time);
        using var body = Json("{\"name\":\"c\"}");
        var created = await gateway.Client.PostAsync("/v1/containers", body);
        using var json = System.Text.Json.JsonDocument.Parse(await created.Content.ReadAsStringAsync());
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync(Upload.Replace("/c/", $"/{json.RootElement.GetProperty("id").GetString()}/", StringComparison.Ordinal));
        var answer = client.ReceiveAsync();
        await AdvanceUntilAsync(_time, answer);
        Refusal.Of(await answer, 408, "request_body_timeout");
    }

    /// <summary>Lets a second pass at a time.</summary>
    internal static async Task AdvanceUntilAsync(FakeTimeProvider time, Task done, Func<Task>? each = null)
    {
        await Until.TrueAsync(
            async () =>
            {
                if (!done.IsCompleted && each is not null)
                {
                    await each();
                }

                time.Advance(TimeSpan.FromSeconds(1));
                return done.IsCompleted;
            },
            "It never ends.");
    }

    private Task<RunningGateway> GatewayAsync(string upstream, TimeSpan? longest = null)
    {
        // The time of the test passes fast for the upstream's limits, too.
        var day = TimeSpan.FromDays(1);
        var network = Between.Long with { RequestTimeout = day, StreamIdleTimeout = day, ConnectTimeout = day };
        var settings = TestSettings.Of(TestSettings.OpenAI(upstream, network: network));
        return RunningGateway.StartAsync(
            settings with { Client = settings.Client with { MaxUploadDuration = longest ?? TimeSpan.FromHours(1) } }, time: _time);
    }
}
