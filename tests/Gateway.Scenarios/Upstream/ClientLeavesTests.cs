using Gateway.Fakes;
using Gateway.Scenarios.Hostile;
using Xunit;

namespace Gateway.Scenarios.Upstream;

/// <summary>
/// When a client goes away, the upstream exchange ends at once, unless it is a create: that is brought to its end, so that a retry finds it.
/// </summary>
public sealed class ClientLeavesTests
{
    private const string UploadHead =
        "POST /v1/containers/c/files HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 9000000\r\n\r\n"
        + "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";

    [Theory]
    [InlineData("GET /v1/containers/c HTTP/1.1\r\nHost: gateway\r\n\r\n")]
    [InlineData("GET /v1/containers/c/files/f/content HTTP/1.1\r\nHost: gateway\r\n\r\n")]
    [InlineData(UploadHead)]
    public async Task Client_that_leaves_while_it_waits_ends_the_upstream_request(string request)
    {
        var arrived = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            using var watch = http.RequestAborted.Register(aborted.SetResult);
            arrived.SetResult();
            await aborted.Task;
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync(request);
        await arrived.Task.WaitAsync(Until.Hung);
        client.Reset();
        await aborted.Task.WaitAsync(Until.Hung);
    }

    /// <summary>It is no mistake of a caller's, and no error that somebody has to look at.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_that_leaves_while_it_uploads_is_told_as_that(bool resets)
    {
        using var logs = new Logs();
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.Local()), logs);
        using var created = await Between.CreateAsync(gateway);
        var id = System.Text.Json.Nodes.JsonNode.Parse(await created.Content.ReadAsStringAsync())!["id"];
        await using (var client = await RawClient.ConnectAsync(gateway))
        {
            await client.SendAsync(UploadHead.Replace("/c/", $"/{id}/", StringComparison.Ordinal) + new string('x', 500_000));
            using var sums = new InstrumentSums(gateway);
            await Until.TrueAsync(() => sums.Of("gateway.operation.active", "container_file_create") == 1, "The upload did not begin.");
            if (resets)
            {
                client.Reset();
            }
        }

        await Until.TrueAsync(
            () => logs.Lines.Any(line => line.Contains("container_file_create", StringComparison.Ordinal)), "The upload was not logged.");
        Assert.Contains(logs.Lines, line => line.Contains("container_file_create 499", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_that_leaves_while_it_downloads_ends_the_upstream_request()
    {
        var aborted = new TaskCompletionSource();
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            using var watch = http.RequestAborted.Register(aborted.SetResult);
            var block = new byte[64 * 1024];
            while (!http.RequestAborted.IsCancellationRequested)
            {
                await http.Response.Body.WriteAsync(block, http.RequestAborted);
            }
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        using (var response = await Between.DownloadAsync(gateway))
        {
            await using var body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[100_000]);
        }

        await aborted.Task.WaitAsync(Until.Hung);
    }

    [Fact]
    public async Task Client_that_leaves_while_it_uploads_ends_the_upstream_request()
    {
        var started = new TaskCompletionSource();
        var aborted = new TaskCompletionSource();
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            var buffer = new byte[4096];
            try
            {
                while (await http.Request.Body.ReadAsync(buffer, http.RequestAborted) > 0)
                {
                    started.TrySetResult();
                }
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException)
            {
                aborted.SetResult();
            }
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync(UploadHead);
        await client.SendAsync(new byte[200_000]);
        await started.Task.WaitAsync(Until.Hung);
        client.Reset();
        await aborted.Task.WaitAsync(Until.Hung);
    }
}
