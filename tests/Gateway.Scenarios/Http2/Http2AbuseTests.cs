using Gateway.Fakes;
using Gateway.Scenarios.Hostile;
using Gateway.Scenarios.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Scenarios.Http2;

/// <summary>A client that abuses HTTP/2 costs a bounded amount, and nobody else's calls.</summary>
public sealed class Http2AbuseTests
{
    private const int EnhanceYourCalm = 11;
    private const int RefusedStream = 7;

    /// <summary>CVE-2023-44487. What has begun upstream is bounded by what may run at a time, however many are opened and reset.</summary>
    [Fact]
    public async Task Streams_that_are_reset_as_fast_as_they_are_opened_end_the_connection_and_leave_nothing_behind()
    {
        var (running, most) = (0, 0);
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            var left = new TaskCompletionSource();
            await using var watch = http.RequestAborted.Register(left.SetResult);
            await left.Task;
            Interlocked.Decrement(ref running);
        });
        await using var gateway = await Http2World.StartAsync(TestSettings.OpenAI(upstream.Url, network: Between.Long));
        using var sums = new InstrumentSums(gateway);
        await using var client = await FrameClient.ConnectAsync(gateway.Http2Url);
        var ended = client.ReceiveAsync(frame => frame.Type == FrameClient.GoAway);
        var stream = 1;
        for (; stream < 400_000 && !ended.IsCompleted; stream += 2)
        {
            if (!await client.AskAsync(stream, "GET", "/v1/containers/c") || !await client.SendAsync(FrameClient.Reset, stream, 8))
            {
                break;
            }
        }

        // What is still on its way when the connection ends may cost the client the last word.
        Assert.Contains((await ended)?.Error, new uint?[] { null, EnhanceYourCalm });
        Assert.InRange(stream, 200, 399_000);
        await Until.TrueAsync(() => sums.Of("gateway.operation.active") == 0 && Volatile.Read(ref running) == 0, "Something is left behind.");
        Assert.InRange(most, 0, 400);
    }

    [Theory]
    [InlineData(16_000)]
    [InlineData(0)]
    public async Task Headers_without_an_end_end_the_connection(int size)
    {
        await using var gateway = await Http2World.StartAsync(TestSettings.Local());
        await using var client = await FrameClient.ConnectAsync(gateway.Http2Url);
        var block = size == 0 ? [] : FrameClient.Block(("x", new string('x', size)));
        var ended = client.ReceiveAsync(frame => frame.Type == FrameClient.GoAway);
        await client.SendAsync(FrameClient.Headers, 0, 1, FrameClient.Block((":method", "GET"), (":path", "/v1/containers")));
        var sent = 0;
        while (!ended.IsCompleted && await client.SendAsync(FrameClient.Continuation, 0, 1, block))
        {
            sent++;
            if (size == 0 && sent % 1000 == 0)
            {
                // Those without content cost nothing to keep; they end with the time for headers.
                await Task.Delay(20);
            }
        }

        await ended;
        if (size > 0)
        {
            // Most of it lay in the buffers between the two.
            Assert.InRange(sent, 0, 2000);
        }

        await using var next = await FrameClient.ConnectAsync(gateway.Http2Url);
        await next.AskAsync(1, "GET", "/v1/containers");
        Assert.Equal(200, await next.StatusAsync(1));
    }

    [Fact]
    public async Task Streams_beyond_the_bound_are_refused_while_those_within_go_on()
    {
        var release = new TaskCompletionSource();
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            await release.Task;
            await http.Response.WriteAsync("{\"id\":\"c\"}");
        });
        await using var gateway = await Http2World.StartAsync(TestSettings.OpenAI(upstream.Url, network: Between.Long));
        await using var client = await FrameClient.ConnectAsync(gateway.Http2Url);
        for (var i = 0; i < 101; i++)
        {
            await client.AskAsync((2 * i) + 1, "GET", "/v1/containers/c");
        }

        var refused = await client.ReceiveAsync(frame => frame.Type == FrameClient.Reset);
        Assert.Equal((201, (uint)RefusedStream), (refused!.Stream, refused.Error));
        release.SetResult();
        var statuses = new List<int?>();
        while (statuses.Count < 100)
        {
            statuses.Add((await client.ReceiveAsync(frame => frame.Type is FrameClient.Headers or FrameClient.Reset))!.Status);
        }

        Assert.All(statuses, status => Assert.Equal(200, status));
    }

    /// <summary>Kestrel would end the whole connection.</summary>
    [Fact]
    public async Task Answer_that_nobody_takes_ends_its_stream_and_no_other()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        using var logs = new Logs();
        await using var gateway = await Http2World.StartAsync(TestSettings.Local(), time: time, logs: logs);
        using var http = Http2World.Client(gateway.Http2Url);
        var id = await http.CreateAsync();
        var file = (await http.UploadAsync(id, new byte[1_000_000])).Text("id");

        // No room at all for what streams bring.
        await using var client = await FrameClient.ConnectAsync(gateway.Http2Url, (4, 0));
        await client.AskAsync(1, "GET", $"/v1/containers/{id}/files/{file}/content");
        Assert.Equal(200, await client.StatusAsync(1));
        var ended = client.ReceiveAsync(frame => frame.Type is FrameClient.Reset or FrameClient.GoAway);
        await SlowBodyTests.AdvanceUntilAsync(time, ended);
        Assert.True(await ended is { Type: FrameClient.Reset, Stream: 1 }, string.Join('\n', logs.Lines));

        await client.AskAsync(3, "GET", $"/v1/containers/{id}");
        await client.SendAsync(FrameClient.WindowUpdate, 3, 100_000);
        Assert.NotNull(await client.ReceiveAsync(frame => frame is { Stream: 3, Ends: true }));
    }

    [Fact]
    public async Task Answer_that_is_taken_slowly_but_steadily_arrives_whole()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var gateway = await Http2World.StartAsync(TestSettings.Local(), time: time);
        using var http = Http2World.Client(gateway.Http2Url);
        var id = await http.CreateAsync();
        var file = (await http.UploadAsync(id, new byte[400_000])).Text("id");
        await using var client = await FrameClient.ConnectAsync(gateway.Http2Url, (4, 0));
        await client.AskAsync(1, "GET", $"/v1/containers/{id}/files/{file}/content");
        var received = 0;
        while (received < 400_000)
        {
            // Ten seconds for 4000 bytes; the connection's own window is given back as well.
            await client.SendAsync(FrameClient.WindowUpdate, 1, 4000);
            await client.SendAsync(FrameClient.WindowUpdate, 0, 4000);
            for (var before = received; received < Math.Min(before + 4000, 400_000);)
            {
                var frame = await client.ReceiveAsync(frame => frame.Stream == 1 && frame.Type is FrameClient.Data or FrameClient.Reset);
                Assert.Equal(FrameClient.Data, frame!.Type);
                received += frame.Payload.Length;
            }

            time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(400_000, received);
    }

    [Fact]
    public async Task Answer_over_http11_is_watched_by_kestrel_as_before()
    {
        await using var server = await FakeServer.StartAsync(async http =>
        {
            using var pace = Gateway.Api.ResponsePace.Begin(http, TimeProvider.System);
            var rate = http.Features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinResponseDataRateFeature>()!.MinDataRate;
            await http.Response.WriteAsync($"{pace is null} {rate!.BytesPerSecond} {rate.GracePeriod.TotalSeconds}");
        });
        using var http = new HttpClient();
        Assert.Equal("True 240 5", await http.GetStringAsync(server.Url));
    }

    private static void InterlockedMax(ref int most, int now)
    {
        for (var seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, now, seen);
        }
    }
}
