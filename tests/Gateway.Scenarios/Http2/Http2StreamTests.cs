using Gateway.Fakes;
using Gateway.Scenarios.Hostile;
using Gateway.Scenarios.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Scenarios.Http2;

/// <summary>What happens to one call of a connection happens to no other.</summary>
public sealed class Http2StreamTests
{
    [Fact]
    public async Task Client_that_resets_its_stream_ends_the_upstream_request_and_no_other()
    {
        var arrived = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            if (http.Request.Path.Value!.EndsWith("/slow", StringComparison.Ordinal))
            {
                using var watch = http.RequestAborted.Register(aborted.SetResult);
                arrived.SetResult();
                await aborted.Task;
                return;
            }

            await http.Response.WriteAsync("{\"id\":\"c\"}");
        });
        using var logs = new Logs();
        await using var gateway = await Http2World.StartAsync(TestSettings.OpenAI(upstream.Url), logs: logs);
        await using var client = await FrameClient.ConnectAsync(gateway.Http2Url);
        await client.AskAsync(1, "GET", "/v1/containers/slow");
        await arrived.Task.WaitAsync(Until.Hung);
        await client.SendAsync(FrameClient.Reset, 1, 8);
        await aborted.Task.WaitAsync(Until.Hung);
        await client.AskAsync(3, "GET", "/v1/containers/fast");
        Assert.Equal(200, await client.StatusAsync(3));
        await Until.TrueAsync(
            () => logs.Lines.Any(line => line.Contains("container_retrieve 499", StringComparison.Ordinal)), "The call was not logged as left.");
    }

    [Fact]
    public async Task Client_that_resets_an_upload_is_told_as_one_that_left()
    {
        using var logs = new Logs();
        await using var gateway = await Http2World.StartAsync(TestSettings.Local(), logs: logs);
        using var http = Http2World.Client(gateway.Http2Url);
        var id = await http.CreateAsync();
        await using var client = await FrameClient.ConnectAsync(gateway.Http2Url);
        await client.AskAsync(
            1, "POST", $"/v1/containers/{id}/files", ends: false, ("content-type", "multipart/form-data; boundary=B"), ("content-length", "900000"));
        using var sums = new InstrumentSums(gateway);
        await client.SendAsync(
            FrameClient.Data, 0, 1, "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nxxxx"u8.ToArray());
        await Until.TrueAsync(() => sums.Of("gateway.operation.active", "container_file_create") == 1, "The upload did not begin.");
        await client.SendAsync(FrameClient.Reset, 1, 8);
        await Until.TrueAsync(
            () => logs.Lines.Any(line => line.Contains("container_file_create", StringComparison.Ordinal)), "The upload was not logged.");
        await client.AskAsync(3, "GET", $"/v1/containers/{id}");
        Assert.Equal(200, await client.StatusAsync(3));
        Assert.Contains(logs.Lines, line => line.Contains("container_file_create 499", StringComparison.Ordinal));
        Assert.True(!logs.Lines.Any(line => line.StartsWith("Error", StringComparison.Ordinal)), string.Join('\n', logs.Lines));
    }

    [Fact]
    public async Task Download_that_breaks_is_reset_and_the_connection_serves_on()
    {
        var begun = new TaskCompletionSource();
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            if (!http.Request.Path.Value!.EndsWith("/content", StringComparison.Ordinal))
            {
                await http.Response.WriteAsync("{\"id\":\"c\"}");
                return;
            }

            http.Response.ContentLength = 1_000_000;
            await http.Response.Body.WriteAsync(new byte[50_000]);
            await http.Response.Body.FlushAsync();
            await begun.Task;
            http.Abort();
        });
        using var logs = new Logs();
        await using var gateway = await Http2World.StartAsync(TestSettings.OpenAI(upstream.Url, network: Between.Long), logs: logs);
        await using var client = await FrameClient.ConnectAsync(gateway.Http2Url);
        await client.AskAsync(1, "GET", "/v1/containers/c/files/f/content");
        Assert.Equal(200, await client.StatusAsync(1));
        begun.SetResult();
        var last = await client.ReceiveAsync(frame => frame.Stream == 1 && (frame.Ends || frame.Type == FrameClient.Reset));
        Assert.Equal(FrameClient.Reset, last!.Type);
        Assert.NotEqual(0u, last.Error);
        await client.AskAsync(3, "GET", "/v1/containers/c");
        Assert.Equal(200, await client.StatusAsync(3));
        Assert.DoesNotContain(logs.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Body_that_comes_too_slowly_ends_its_stream_and_no_other()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var gateway = await Http2World.StartAsync(TestSettings.Local(), time: time);
        await using var client = await FrameClient.ConnectAsync(gateway.Http2Url);
        await client.AskAsync(1, "POST", "/v1/containers", ends: false, ("content-type", "application/json"), ("content-length", "10000"));
        await client.SendAsync(FrameClient.Data, 0, 1, "{"u8.ToArray());
        var status = client.StatusAsync(1);
        await SlowBodyTests.AdvanceUntilAsync(time, status);
        Assert.Equal(408, await status);

        // Its sender is told to stop, without a word about the connection (RFC 9113 §8.1).
        Assert.Equal(0u, (await client.ReceiveAsync(frame => frame is { Type: FrameClient.Reset, Stream: 1 }))!.Error);
        await client.AskAsync(3, "GET", "/v1/containers");
        Assert.Equal(200, await client.StatusAsync(3));
    }

    /// <summary>With Kestrel's own windows two of these fill the connection's, and every other body on it arrives too slowly.</summary>
    [Fact]
    public async Task Bodies_that_no_upstream_takes_keep_no_other_of_their_connection_from_arriving()
    {
        var release = new TaskCompletionSource();
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            if (http.Request.Path.Value!.Contains("/stuck/", StringComparison.Ordinal))
            {
                await release.Task;
            }

            await http.Request.Body.CopyToAsync(Stream.Null);
            await http.Response.WriteAsync("{\"id\":\"f\"}");
        });
        await using var gateway = await Http2World.StartAsync(TestSettings.OpenAI(upstream.Url, network: Between.Long));
        await using var client = await FrameClient.ConnectAsync(gateway.Http2Url);
        var part = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n"u8.ToArray();
        var piece = new byte[16 * 1024];
        for (var stream = 1; stream < 60; stream += 2)
        {
            await client.AskAsync(
                stream, "POST", "/v1/containers/stuck/files", ends: false, ("content-type", "multipart/form-data; boundary=B"),
                ("content-length", "90000000"));
            await client.SendAsync(FrameClient.Data, 0, stream, part);
            for (var sent = part.Length; sent + piece.Length <= 256 * 1024; sent += piece.Length)
            {
                await client.SendAsync(FrameClient.Data, 0, stream, piece);
            }
        }

        await client.AskAsync(
            101, "POST", "/v1/containers/free/files", ends: false, ("content-type", "multipart/form-data; boundary=B"));
        await client.SendAsync(FrameClient.Data, 0, 101, part);
        for (var i = 0; i < 10; i++)
        {
            await client.SendAsync(FrameClient.Data, 0, 101, piece);
        }

        await client.SendAsync(FrameClient.Data, FrameClient.End, 101, "\r\n--B--\r\n"u8.ToArray());
        Assert.Equal(200, await client.StatusAsync(101));
        client.Leave();
        release.SetResult();
    }

    [Fact]
    public async Task Drain_says_goodbye_and_lets_streams_in_flight_finish()
    {
        var release = new TaskCompletionSource();
        var arrived = new TaskCompletionSource();
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            arrived.TrySetResult();
            await release.Task;
            await http.Response.WriteAsync("{\"id\":\"c\"}");
        });
        await using var gateway = await Http2World.StartAsync(TestSettings.OpenAI(upstream.Url, network: Between.Long));
        await using var client = await FrameClient.ConnectAsync(gateway.Http2Url);
        await client.AskAsync(1, "GET", "/v1/containers/c");
        await arrived.Task.WaitAsync(Until.Hung);
        var stop = gateway.StopAsync();
        Assert.Equal(0u, (await client.ReceiveAsync(frame => frame.Type == FrameClient.GoAway))!.Error);
        release.SetResult();
        Assert.Equal(200, await client.StatusAsync(1));
        await stop.WaitAsync(Until.Hung);
    }

    [Fact]
    public async Task Pause_before_the_drain_serves_on_and_asks_each_connection_to_be_the_last()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var gateway = await Http2World.StartAsync(
            TestSettings.Local(), settings => settings with { Server = settings.Server with { DrainDelay = TimeSpan.FromSeconds(5) } }, time: time);
        var stop = gateway.StopAsync();
        for (var i = 0; i < 2; i++)
        {
            await using var client = await FrameClient.ConnectAsync(gateway.Http2Url);
            await client.AskAsync(1, "GET", "/v1/containers");
            Frame? goodbye = null;
            Assert.Equal(200, (await client.ReceiveAsync(frame =>
            {
                goodbye = frame.Type == FrameClient.GoAway ? frame : goodbye;
                return frame.Type == FrameClient.Headers;
            }))!.Status);
            goodbye ??= await client.ReceiveAsync(frame => frame.Type == FrameClient.GoAway);
            Assert.Equal(0u, goodbye!.Error);
        }

        time.Advance(TimeSpan.FromSeconds(5));
        await stop.WaitAsync(Until.Hung);
    }
}
