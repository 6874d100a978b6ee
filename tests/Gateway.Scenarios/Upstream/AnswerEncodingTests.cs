using System.IO.Compression;
using System.Text;
using Gateway.Scenarios.Hostile;
using Xunit;

namespace Gateway.Scenarios.Upstream;

/// <summary>An encoding nobody asked for is undone or refused, and never handed on under a wrong name.</summary>
public sealed class AnswerEncodingTests
{
    [Theory]
    [InlineData("gzip")]
    [InlineData("x-gzip")]
    [InlineData("GZIP")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Encoding_of_an_upstream_answer_is_undone(string encoding)
    {
        var body = Pack(encoding, "{\"id\":\"c\"}");
        await using var upstream = RawUpstream.Answering(
            $"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Encoding: {encoding}\nContent-Length: {body.Length}\n\n", body);
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        foreach (var kind in new[] { "get", "create", "upload", "download" })
        {
            var answer = await Between.AskAsync(gateway, kind);
            Assert.Equal(200, (int)answer.StatusCode);
            Assert.Empty(answer.Content.Headers.ContentEncoding);
            Assert.StartsWith("{\"id\":\"c\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        Assert.All(upstream.Heads, head => Assert.DoesNotContain("Accept-Encoding", head, StringComparison.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Encoding_that_is_broken_is_a_502(string encoding)
    {
        const string Body = "this is not compressed in any way";
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 200 OK\nContent-Encoding: {encoding}\nContent-Length: {Body.Length}\n\n{Body}");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        await Refusal.OfAsync(await Between.GetAsync(gateway), 502);
        await Refusal.OfAsync(await Between.UploadAsync(gateway), 502);
        await CutAsync(gateway);
    }

    [Theory]
    [InlineData("gzip", 2)]
    [InlineData("gzip", 8)]
    [InlineData("gzip", 20)]
    [InlineData("br", 2)]
    [InlineData("br", 20)]
    [InlineData("deflate", 2)]
    [InlineData("deflate", 20)]
    public async Task Encoding_that_ends_too_early_is_a_502(string encoding, int missing)
    {
        var text = string.Concat(Enumerable.Range(0, 1000).Select(n => $"{n * 7919} "));
        var body = Pack(encoding, $$"""{"id":"c","note":"{{text}}"}""")[..^missing];
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 200 OK\nContent-Encoding: {encoding}\nContent-Length: {body.Length}\n\n", body);
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        await Refusal.OfAsync(await Between.GetAsync(gateway), 502);
        await CutAsync(gateway);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\nContent-Encoding: zstd\n")]
    [InlineData("HTTP/1.1 200 OK\nContent-Encoding: gzip, made-up\n")]
    [InlineData("HTTP/1.1 206 Partial Content\nContent-Range: bytes 0-4/9\nContent-Encoding: gzip\n")]
    public async Task Encoding_that_cannot_be_undone_is_a_502(string head)
    {
        await using var upstream = RawUpstream.Answering(head + "Content-Length: 5\n\nhello");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        await Refusal.OfAsync(await Between.GetAsync(gateway), 502);
        await Refusal.OfAsync(await Between.DownloadAsync(gateway), 502, "invalid_upstream_response");
    }

    [Fact]
    public async Task Encoding_that_expands_beyond_measure_is_a_502()
    {
        var bomb = Pack("gzip", new string(' ', 64 << 20));
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 200 OK\nContent-Encoding: gzip\nContent-Length: {bomb.Length}\n\n", bomb);
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        await Refusal.OfAsync(await Between.GetAsync(gateway), 502, "provider_response_too_large");
    }

    /// <summary>An error before the first byte is a 502, one after it cuts the connection; a complete answer it is never.</summary>
    private static async Task CutAsync(Gateway.Fakes.RunningGateway gateway)
    {
        try
        {
            var answer = await Between.DownloadAsync(gateway);
            await answer.Content.ReadAsByteArrayAsync();
            Assert.Equal(502, (int)answer.StatusCode);
        }
        catch (HttpRequestException)
        {
            // Cut.
        }
    }

    private static byte[] Pack(string encoding, string text)
    {
        using var packed = new MemoryStream();
        using (Stream packer = encoding switch
        {
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            packer.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }
}
