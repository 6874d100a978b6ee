using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>A request whose length means different things to different readers is not passed on.</summary>
public sealed class FramingTests(World world) : IClassFixture<World>
{
    private const string Json = "{\"name\":\"c\"}";

    [Theory]
    [InlineData("Transfer-Encoding: gzip, chunked\n")]
    [InlineData("Transfer-Encoding: chunked, chunked\n")]
    [InlineData("Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n")]
    [InlineData("Transfer-Encoding: identity, chunked\n")]
    public async Task Body_with_more_than_one_transfer_coding_is_refused(string headers)
    {
        var seen = await world.SeenDuringAsync(async () => Refusal.Of(
            await RawClient.AskAsync(
                world.Gateway, $"POST /v1/containers HTTP/1.1\nHost: gateway\nContent-Type: application/json\n{headers}\nc\n{Json}\n0\n\n"),
            400, "bad_request"));
        Assert.Empty(seen);
    }

    /// <summary>What stands behind such a request may be its own body to another reader on the way.</summary>
    [Theory]
    [InlineData("HTTP/1.1", "Transfer-Encoding: gzip, chunked")]
    [InlineData("HTTP/1.1", "Transfer-Encoding: chunked, chunked")]
    [InlineData("HTTP/1.1", "Transfer-Encoding: chunked\nTransfer-Encoding: chunked")]
    [InlineData("HTTP/1.1", "Transfer-Encoding: chunked;x=y, chunked")]
    [InlineData("HTTP/1.0", "Connection: keep-alive\nTransfer-Encoding: chunked")]
    public async Task Body_with_more_than_one_transfer_coding_ends_the_connection_on_both_listeners(string version, string headers)
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            foreach (var (url, first, second) in new[]
            {
                (world.Gateway.Url, "POST /v1/containers", "GET /v1/containers/smuggled"), (world.Gateway.AdminUrl, "GET /livez", "GET /readyz"),
            })
            {
                await using var client = await RawClient.ConnectAsync(url);
                await client.SendAsync(RawClient.Lines(
                    $"{first} {version}\nHost: gateway\nContent-Type: application/json\n{headers}\n\nc\n{Json}\n0\n\n{second} "
                        + "HTTP/1.1\nHost: gateway\n\n"));
                var answer = await client.ReceiveAsync();
                Assert.Equal((400, "close"), (answer!.Status, answer.Headers["Connection"]));
                Assert.Contains("Transfer-Encoding", answer.Text, StringComparison.Ordinal);
                Assert.True(await client.IsEndedAsync());
            }
        });
        Assert.Empty(seen);
    }

    /// <summary>Kestrel's bare refusals.</summary>
    [Theory]
    [InlineData("Transfer-Encoding: chunked, gzip\n")]
    [InlineData("Transfer-Encoding: xchunked\n")]
    [InlineData("Content-Length: -1\n")]
    [InlineData("Content-Length: 12, 13\n")]
    [InlineData("Content-Length: 12\nContent-Length: 13\n")]
    [InlineData("Content-Length: 1a\n")]
    [InlineData("Content-Length: 99999999999999999999\n")]
    [InlineData("Content-Length : 12\n")]
    [InlineData(" Content-Length: 12\n")]
    [InlineData("X: a\n folded\n")]
    [InlineData("X\n")]
    [InlineData("X: a\0b\n")]
    public async Task Request_that_is_no_http_is_refused_and_its_connection_closed(string headers)
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            await using var client = await RawClient.ConnectAsync(world.Gateway);
            await client.SendAsync(
                RawClient.Lines($"POST /v1/containers HTTP/1.1\nHost: gateway\nContent-Type: application/json\n{headers}\n{Json}"));
            Assert.Equal(400, (await client.ReceiveAsync())!.Status);
            Assert.True(await client.IsEndedAsync());
        });
        Assert.Empty(seen);
    }

    /// <summary>RFC 9112 §6.3 lets a server read such a request by its chunks, provided that it closes the connection, which Kestrel does.</summary>
    [Fact]
    public async Task Body_framed_by_length_and_chunks_counts_the_chunks_and_closes()
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            await using var client = await RawClient.ConnectAsync(world.Gateway);
            await client.SendAsync(RawClient.Lines(
                "POST /v1/containers HTTP/1.1\nHost: gateway\nContent-Type: application/json\nContent-Length: 4\nTransfer-Encoding: "
                    + $"chunked\n\nc\n{Json}\n0\n\n"
                + "GET /v1/containers/smuggled HTTP/1.1\nHost: gateway\n\n"));
            Assert.Equal(200, (await client.ReceiveAsync())!.Status);
            Assert.True(await client.IsEndedAsync());
        });
        var received = Assert.Single(seen);
        Assert.Equal(Json, received.Text);
        Assert.Equal("12", received.Headers["Content-Length"]);
        Assert.DoesNotContain("X-Content-Length", received.Headers.Keys);
    }

    [Fact]
    public async Task Upload_framed_by_length_and_chunks_is_passed_on_by_chunks_alone()
    {
        var id = await world.ContainerAsync();
        const string Body = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--B--\r\n";
        var seen = await world.SeenDuringAsync(async () =>
            Assert.Equal(200, (await RawClient.AskAsync(
                world.Gateway,
                $"POST /v1/containers/{id}/files HTTP/1.1\nHost: gateway\nContent-Type: multipart/form-data; boundary=B\nContent-Length: 4\n"
                + $"Transfer-Encoding: chunked\n\n{Body.Length:x}\n{Body}\n0\n\n")).Status));
        var received = Assert.Single(seen);
        Assert.DoesNotContain("Content-Length", received.Headers.Keys);
        Assert.DoesNotContain("X-Content-Length", received.Headers.Keys);
        Assert.Equal("chunked", received.Headers["Transfer-Encoding"]);
    }

    [Theory]
    [InlineData("/v1/containers")]
    [InlineData("/v1/containers/c/files/f/content")]
    public async Task Body_that_no_operation_asks_for_stays_in_the_gateway(string target)
    {
        foreach (var framing in new[] { "Transfer-Encoding: chunked\n\n5\nhello\n0\n\n", "Content-Length: 5\n\nhello" })
        {
            var seen = await world.SeenDuringAsync(async () =>
            {
                await using var client = await RawClient.ConnectAsync(world.Gateway);
                await client.SendAsync(RawClient.Lines($"GET {target} HTTP/1.1\nHost: gateway\n{framing}"));
                Assert.InRange((await client.ReceiveAsync())!.Status, 200, 404);
                Assert.True(await client.IsUsableAsync());
            });
            var received = seen[0];
            Assert.Empty(received.Body);
            Assert.DoesNotContain("Transfer-Encoding", received.Headers.Keys);
            Assert.DoesNotContain("Content-Length", received.Headers.Keys);
            Assert.Equal(2, seen.Count);
        }
    }

    [Fact]
    public async Task Body_shorter_than_promised_reaches_nobody()
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            foreach (var framing in new[] { "Content-Length: 100\r\n\r\n{\"name\"", "Transfer-Encoding: chunked\r\n\r\n64\r\n{\"name\"" })
            {
                await using var client = await RawClient.ConnectAsync(world.Gateway);
                await client.SendAsync("POST /v1/containers HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n" + framing);
                client.EndSending();
                if (await client.ReceiveAsync() is { } answer)
                {
                    Refusal.Of(answer, 400);
                }

                Assert.True(await client.IsEndedAsync());
            }
        });
        Assert.Empty(seen);
    }

    [Theory]
    [InlineData("z\r\nhello\r\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello!\r\n0\r\n\r\n")]
    [InlineData("ffffffffffffffffff\r\nhello\r\n0\r\n\r\n")]
    public async Task Body_in_broken_chunks_is_refused_and_its_connection_closed(string chunks)
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            await using var client = await RawClient.ConnectAsync(world.Gateway);
            await client.SendAsync(
                "POST /v1/containers HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
            Refusal.Of(await client.ReceiveAsync(), 400, "bad_request");
            Assert.True(await client.IsEndedAsync());
        });
        Assert.Empty(seen);
    }

    /// <summary>RFC 9112 §3.2; Kestrel's bare refusals.</summary>
    [Theory]
    [InlineData("GET /v1/containers HTTP/1.1\n\n")]
    [InlineData("GET /v1/containers HTTP/1.1\nHost: a\nHost: b\n\n")]
    [InlineData("GET /v1/containers HTTP/1.1\nHost: a b\n\n")]
    [InlineData("GET /v1/containers HTTP/9.9\nHost: gateway\n\n")]
    [InlineData("GET /v1/containers\n\n")]
    [InlineData("G@T /v1/containers HTTP/1.1\nHost: gateway\n\n")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\n\n")]
    public async Task Request_without_a_sound_start_is_refused(string request) =>
        Assert.InRange((await RawClient.AskAsync(world.Gateway, request)).Status, 400, 505);

    [Fact]
    public async Task Two_requests_in_one_packet_get_two_answers_in_order()
    {
        await using var client = await RawClient.ConnectAsync(world.Gateway);
        await client.SendAsync(RawClient.Lines(
            "GET /v1/containers/%2e%2e HTTP/1.1\nHost: gateway\n\nGET /v1/containers HTTP/1.1\nHost: gateway\n\n"));
        Refusal.Of(await client.ReceiveAsync(), 400);
        Assert.Equal(200, (await client.ReceiveAsync())!.Status);
    }

    [Fact]
    public async Task Request_with_an_empty_host_names_the_upstream_once()
    {
        var seen = await world.SeenDuringAsync(async () =>
            Assert.Equal(200, (await RawClient.AskAsync(world.Gateway, "GET /v1/containers HTTP/1.1\nHost:\n\n")).Status));
        Assert.Equal(new Uri(world.Upstream.Url).Authority, Assert.Single(seen).Headers["Host"]);
    }
}
