using System.IO.Compression;
using System.Text;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>Nothing larger than its limit is taken in, whatever the request says about its size.</summary>
public sealed class BodySizeTests(World world) : IClassFixture<World>
{
    [Fact]
    public async Task Json_body_over_the_limit_is_refused_with_a_length()
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            await using var client = await RawClient.ConnectAsync(world.Gateway);
            await client.SendAsync(
                $"POST /v1/containers HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: {World.MaxJson + 1}\r\n\r\n");
            Assert.EndsWith($" {World.MaxJson} bytes", Refusal.Of(await client.ReceiveAsync(), 413, "request_too_large"), StringComparison.Ordinal);
        });
        Assert.Empty(seen);
    }

    [Fact]
    public async Task Json_body_over_the_limit_is_refused_without_a_length()
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            await using var client = await RawClient.ConnectAsync(world.Gateway);
            await client.SendAsync(
                "POST /v1/containers HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
            var chunk = "4000\r\n" + new string(' ', 0x4000) + "\r\n";
            for (var sent = 0; sent <= World.MaxJson; sent += 0x4000)
            {
                await client.SendAsync(chunk);
            }

            Assert.EndsWith($" {World.MaxJson} bytes", Refusal.Of(await client.ReceiveAsync(), 413, "request_too_large"), StringComparison.Ordinal);
        });
        Assert.Empty(seen);
    }

    [Fact]
    public async Task Json_body_at_the_limit_is_accepted()
    {
        var body = "{\"name\":\"c\"}".PadRight(World.MaxJson);
        Assert.Equal(200, (await world.CreateAsync(body)).Status);
    }

    [Fact]
    public async Task Upload_over_the_limit_is_refused_with_a_length()
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            await using var client = await RawClient.ConnectAsync(world.Gateway);
            await client.SendAsync(
                "POST /v1/containers/c/files HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=B\r\n"
                + $"Content-Length: {World.MaxFile * 2}\r\n\r\n");
            Assert.Matches(" [0-9]{7,} bytes$", Refusal.Of(await client.ReceiveAsync(), 413, "request_too_large"));
        });
        Assert.Empty(seen);
    }

    /// <summary>Without the first byte, and without being asked for it; then the body is skipped, or the connection is closed.</summary>
    [Theory]
    [InlineData("/v1/containers", "application/json", "")]
    [InlineData("/v1/containers", "application/json", "Content-Encoding: gzip\r\n")]
    [InlineData("/v1/containers/c/files", "application/json", "")]
    [InlineData("/v1/containers/c/files", "multipart/form-data; boundary=B", "")]
    [InlineData("/v1/containers/c/files", "multipart/form-data; boundary=B", "Content-Encoding: gzip\r\n")]
    public async Task Body_announced_too_large_is_refused_at_once(string path, string type, string headers)
    {
        var head = $"POST {path} HTTP/1.1\r\nHost: gateway\r\nContent-Type: {type}\r\n{headers}";
        foreach (var length in new[] { 2L * World.MaxFile, 3_000_000_000, long.MaxValue })
        {
            await using var client = await RawClient.ConnectAsync(world.Gateway);
            await client.SendAsync($"{head}Content-Length: {length}\r\n\r\n");
            var answer = await client.ReceiveAsync();
            Refusal.Of(answer, 413, "request_too_large");
            if (length == 2 * World.MaxFile)
            {
                await client.SendAsync(new byte[length]);
                Assert.True(await client.IsUsableAsync());
            }
            else
            {
                Assert.Equal("close", answer!.Headers["Connection"]);
            }
        }

        await using var patient = await RawClient.ConnectAsync(world.Gateway);
        await patient.SendAsync($"{head}Expect: 100-continue\r\nContent-Length: {2 * World.MaxFile}\r\n\r\n");
        var refused = await patient.ReceiveAllAsync();
        Assert.StartsWith("HTTP/1.1 413", refused, StringComparison.Ordinal);
        Assert.Contains("request_too_large", refused, StringComparison.Ordinal);
        Assert.Contains("Connection: close", refused, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Upload_over_the_limit_is_refused_without_a_length()
    {
        var id = await world.ContainerAsync();
        world.Late.Add($"/v1/containers/{id}/files");
        await using var client = await RawClient.ConnectAsync(world.Gateway);
        await client.SendAsync(
            $"POST /v1/containers/{id}/files HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=B\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n");
        const string Head = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
        await client.SendAsync($"{Head.Length:x}\r\n{Head}\r\n");
        var chunk = Encoding.Latin1.GetBytes("10000\r\n" + new string('x', 0x10000) + "\r\n");
        try
        {
            for (var sent = 0; sent < World.MaxFile * 2; sent += 0x10000)
            {
                await client.SendAsync(chunk);
            }
        }
        catch (IOException)
        {
            // The gateway has answered and closed already.
        }

        Refusal.Of(await client.ReceiveAsync(), 413, "request_too_large");
    }

    /// <summary>Kestrel's own answers, without an envelope: nothing of the request is known yet.</summary>
    [Fact]
    public async Task Header_block_over_the_limit_is_refused()
    {
        Assert.Equal(431, await WithHeadersAsync("X-Big: " + new string('a', 70_000) + "\r\n"));
        Assert.Equal(431, await WithHeadersAsync(string.Concat(Enumerable.Range(0, 150).Select(n => $"X-{n}: 1\r\n"))));
        Assert.Equal(200, await WithHeadersAsync(string.Concat(Enumerable.Range(0, 90).Select(n => $"X-{n}: 1\r\n"))));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Size_of_compressed_json_counts_unpacked(string encoding)
    {
        var headers = $"Content-Type: application/json\r\nContent-Encoding: {encoding}\r\n";
        var seen = await world.SeenDuringAsync(async () =>
            Assert.Equal(200, (await world.CreateAsync(Pack(encoding, "{\"provider\":\"openai\",\"name\":\"c\"}"), headers)).Status));
        var received = Assert.Single(seen);
        Assert.Equal("{\"name\":\"c\"}", received.Text);
        Assert.DoesNotContain("Content-Encoding", received.Headers.Keys);

        seen = await world.SeenDuringAsync(async () =>
        {
            Refusal.Of(await world.CreateAsync(Pack(encoding, "{\"name\":\"c\"}".PadRight(World.MaxJson + 1)), headers), 413, "request_too_large");
            Refusal.Of(await world.CreateAsync(Pack(encoding, new string(' ', 40_000_000)), headers), 413, "request_too_large");
            Refusal.Of(await world.CreateAsync("{\"name\":\"not compressed at all\"}", headers), 400);
            Refusal.Of(await world.CreateAsync(Pack(encoding, "{\"name\":\"c\"}")[..^2], headers), 400, "invalid_encoding");
        });
        Assert.Empty(seen);
    }

    [Fact]
    public async Task Body_of_an_unknown_encoding_is_not_guessed()
    {
        var seen = await world.SeenDuringAsync(async () =>
            Refusal.Of(
                await world.CreateAsync("{\"name\":\"c\"}", "Content-Type: application/json\r\nContent-Encoding: zstd\r\n"),
                415, "unsupported_content_encoding", "Content-Encoding"));
        Assert.Empty(seen);
    }

    [Fact]
    public async Task Size_of_a_compressed_upload_counts_unpacked()
    {
        var id = await world.ContainerAsync();
        world.Late.Add($"/v1/containers/{id}/files");
        const string Head = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
        Assert.Equal(200, (await UploadAsync(1000)).Status);
        Refusal.Of(await UploadAsync(World.MaxFile * 2), 413, "request_too_large");

        async Task<RawAnswer> UploadAsync(int size)
        {
            var body = Pack("gzip", Head + new string('x', size) + "\r\n--B--\r\n");
            await using var client = await RawClient.ConnectAsync(world.Gateway);
            await client.SendAsync(
                $"POST /v1/containers/{id}/files HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=B\r\n"
                + $"Content-Encoding: gzip\r\nContent-Length: {body.Length}\r\n\r\n");
            await client.SendAsync(body);
            return (await client.ReceiveAsync())!;
        }
    }

    private static byte[] Pack(string encoding, string text)
    {
        using var packed = new MemoryStream();
        using (Stream packer = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            packer.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }

    private async Task<int> WithHeadersAsync(string headers)
    {
        await using var client = await RawClient.ConnectAsync(world.Gateway);
        await client.SendAsync($"GET /v1/containers HTTP/1.1\r\nHost: gateway\r\n{headers}\r\n");
        return (await client.ReceiveAsync())!.Status;
    }
}
