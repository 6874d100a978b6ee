using System.Net;
using System.Text;
using Gateway.Scenarios.Hostile;
using Xunit;

namespace Gateway.Scenarios.Upstream;

/// <summary>An answer that breaks is an error, never a shorter answer.</summary>
public sealed class BrokenAnswerTests
{
    [Theory]
    [InlineData("get", 2)]
    [InlineData("delete", 2)]
    [InlineData("download", 2)]
    [InlineData("create", 1)]
    [InlineData("upload", 1)]
    public async Task Answer_that_breaks_before_its_headers_is_a_502(string kind, int attempts)
    {
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            await exchange.ReadRequestAsync();
            exchange.Reset();
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        await Refusal.OfAsync(await Between.AskAsync(gateway, kind), 502, kind == "create" ? "create_outcome_unknown" : "provider_connection_failed");
        Assert.Equal(attempts, upstream.Attempts);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 100\n\n{\"id\":\"c\"}")]
    [InlineData("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\n{\"id\"")]
    [InlineData("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\na\n{\"id\":\"c\"}\n")]
    [InlineData("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nzz\n{}\n0\n\n")]
    [InlineData("HTTP/1.1 200 OK\nContent-Leng")]
    [InlineData("HTTP/1.1 2")]
    [InlineData("SSH-2.0-OpenSSH_9.2\n")]
    [InlineData("HTTP/1.1 999999 OK\n\n")]
    public async Task Collected_answer_that_breaks_within_is_a_502(string answer)
    {
        foreach (var kind in new[] { "get", "create", "upload" })
        {
            await using var upstream = RawUpstream.Answering(answer);
            await using var gateway = await Between.GatewayAsync(upstream.Url);
            await Refusal.OfAsync(await Between.AskAsync(gateway, kind), 502);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 100\n\nfirst", false)]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 100\n\nfirst", true)]
    [InlineData("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n5\nfirst\n", false)]
    [InlineData("HTTP/1.1 206 Partial Content\nContent-Range: bytes 0-99/200\nContent-Length: 100\n\nfirst", false)]
    public async Task Download_that_breaks_cuts_the_client_off(string answer, bool reset)
    {
        var arrived = new TaskCompletionSource();
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            await exchange.ReadRequestAsync();
            await exchange.WriteAsync(answer.Replace("\n", "\r\n", StringComparison.Ordinal));
            await arrived.Task.WaitAsync(exchange.Stop);
            if (reset)
            {
                exchange.Reset();
            }
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        using var response = await Between.DownloadAsync(gateway, answer.Contains(" 206 ", StringComparison.Ordinal) ? "bytes=0-99" : null);
        Assert.True(response.IsSuccessStatusCode);
        await using var body = await response.Content.ReadAsStreamAsync();
        var first = new byte[5];
        await body.ReadExactlyAsync(first);
        Assert.Equal("first", Encoding.ASCII.GetString(first));
        arrived.SetResult();
        await Assert.ThrowsAnyAsync<IOException>(() => body.CopyToAsync(Stream.Null));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{\"id\":")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"id\":\"c\"}}")]
    [InlineData("{\"id\":\"c\"} trailing")]
    [InlineData("{\"id\":\"\u00ff\"}")]
    [InlineData("<!doctype html><html><body>Welcome</body></html>")]
    [InlineData("\u001f\u008b\u0008")]
    public async Task Answer_that_breaks_the_promised_form_is_a_502(string body)
    {
        foreach (var kind in new[] { "get", "list", "create", "upload" })
        {
            await using var upstream = RawUpstream.Answering(
                $"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: {body.Length}\n\n", Encoding.Latin1.GetBytes(body));
            await using var gateway = await Between.GatewayAsync(upstream.Url);
            var response = await Between.AskAsync(gateway, kind);
            await Refusal.OfAsync(response, 502, "invalid_upstream_response");
            Assert.DoesNotContain("Welcome", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    /// <summary>JSON may escape half a character; a member of such a name is nobody's, and the rest of the answer is as good as ever.</summary>
    [Theory]
    [InlineData("""{"id":"c","created_at":1,"\ud800dddddddddd":1,"st\ud800atus":2,"created_\ud800at":3}""")]
    [InlineData(
        """{"object":"list","da\ud800ta":1,"first_id":"c","last_id":"c","has_more":false,"data":["""
            + """{"id":"c","created_at":1,"st\ud800atus":2,"created_\ud800at":3,"expires_after":{"min\ud800utes":1}}]}""")]
    public async Task Answer_with_odd_member_names_passes(string body)
    {
        await using var upstream = RawUpstream.Answering(
            $"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: {body.Length}\n\n", Encoding.Latin1.GetBytes(body));
        await using var single = await Between.GatewayAsync(upstream.Url);
        await using var merged = await Between.GatewayAsync(upstream.Url, Between.Long, "key-one-of-two", "key-two-of-two");
        string[] kinds = body.Contains("list", StringComparison.Ordinal) ? ["list"] : ["get", "create", "upload"];
        foreach (var (gateway, kind) in kinds.SelectMany(kind => new[] { (single, kind), (merged, kind) }))
        {
            var response = await Between.AskAsync(gateway, kind);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Contains("\\ud800atus\":2", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    /// <summary>Nobody could find or remove what was made, and a repetition would make another.</summary>
    [Theory]
    [InlineData("{}")]
    [InlineData("{\"id\":12}")]
    [InlineData("{\"id\":\"\"}")]
    [InlineData("{\"error\":{\"message\":\"in a 200\"}}")]
    public async Task Broken_answer_about_what_was_made_is_a_502_that_is_not_repeated(string body)
    {
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 200 OK\nContent-Type: application/json\nContent-Length: {body.Length}\n\n{body}");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        foreach (var kind in new[] { "create", "upload" })
        {
            using var response = await Between.AskAsync(gateway, kind);
            Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
            await Refusal.OfAsync(response, 502, "invalid_upstream_response");
        }
    }

    /// <summary>The marker counts before the status: the provider has not answered at all.</summary>
    [Fact]
    public async Task Connection_that_breaks_before_an_answer_counts_as_failed()
    {
        await using var upstream = RawUpstream.Start(async exchange => await exchange.ReadRequestAsync());
        await using var gateway = await Between.GatewayAsync(upstream.Url, Between.Long with { MaxRetries = 0 });
        var body = await (await Between.GetAsync(gateway)).Content.ReadAsStringAsync();
        Assert.Contains("\"error_type\":\"provider_connection_failed\"", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_that_is_too_large_is_a_502()
    {
        await using var declared = RawUpstream.Answering("HTTP/1.1 200 OK\nContent-Length: 999999999\n\n{");
        await using var gateway = await Between.GatewayAsync(declared.Url);
        await Refusal.OfAsync(await Between.GetAsync(gateway), 502, "provider_response_too_large");

        await using var endless = RawUpstream.Start(async exchange =>
        {
            await exchange.ReadRequestAsync();
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\n\r\n{\"x\":\"");
            for (var sent = 0; sent < 20; sent++)
            {
                await exchange.WriteAsync(new string('x', 1 << 20));
            }
        });
        await using var second = await Between.GatewayAsync(endless.Url);
        await Refusal.OfAsync(await Between.GetAsync(second), 502, "provider_response_too_large");
    }

    [Fact]
    public async Task Answer_with_too_large_headers_is_a_502()
    {
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 200 OK\nX-Big: {new string('a', 200_000)}\nContent-Length: 2\n\n{{}}");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        await Refusal.OfAsync(await Between.GetAsync(gateway), 502);
        await Refusal.OfAsync(await Between.DownloadAsync(gateway), 502);
    }

    [Fact]
    public async Task Answer_with_interim_answers_or_a_length_nobody_can_read_passes()
    {
        await using var interim = RawUpstream.Answering(
            "HTTP/1.1 100 Continue\n\nHTTP/1.1 103 Early Hints\nLink: <x>\n\nHTTP/1.1 200 OK\nContent-Length: 10\n\n{\"id\":\"c\"}");
        await using var gateway = await Between.GatewayAsync(interim.Url);
        foreach (var kind in new[] { "get", "create", "upload", "download" })
        {
            var answer = await Between.AskAsync(gateway, kind);
            Assert.Equal(200, (int)answer.StatusCode);
            Assert.StartsWith("{\"id\":\"c\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        // HttpClient reads a length it does not understand as "until the end of the connection".
        await using var negative = RawUpstream.Answering("HTTP/1.1 200 OK\nContent-Length: -5\n\n{\"id\":\"c\"}");
        await using var second = await Between.GatewayAsync(negative.Url);
        Assert.Equal(200, (int)(await Between.GetAsync(second)).StatusCode);
        var download = await Between.DownloadAsync(second);
        Assert.Equal(200, (int)download.StatusCode);
        Assert.Equal("{\"id\":\"c\"}", await download.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Answer_in_a_protocol_nobody_asked_for_is_an_error()
    {
        await using var upstream = RawUpstream.Answering("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\nhello");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        foreach (var kind in new[] { "get", "download", "upload" })
        {
            await Refusal.OfAsync(await Between.AskAsync(gateway, kind), 502);
        }
    }
}
