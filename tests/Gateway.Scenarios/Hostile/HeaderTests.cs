using System.Collections.Frozen;
using System.Text;
using Gateway.Fakes;
using Gateway.Scenarios.Upstream;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>Headers stay on their side unless they are meant to cross.</summary>
public sealed class HeaderTests
{
    private static readonly string[] s_private =
    [
        "Authorization: Bearer client-secret", "api-key: client-secret", "x-api-key: client-secret", "x-goog-api-key: client-secret",
        "Cookie: session=client-secret", "Proxy-Authorization: Basic client-secret", "baggage: user=client-secret",
        "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "tracestate: a=client-secret", "OpenAI-Organization: client-secret",
        "OpenAI-Project: client-secret", "X-Forwarded-For: client-secret", "X-Forwarded-Host: client-secret", "X-Forwarded-Proto: client-secret",
        "X-Real-IP: client-secret", "Forwarded: for=client-secret", "Via: 1.1 client-secret", "CF-Connecting-IP: client-secret",
        "x-bf-vk: client-secret", "x-bf-provider: openai", "User-Agent: client-secret", "Referer: http://client-secret/", "Origin: http://gateway",
        "Accept-Encoding: gzip, br", "Accept-Language: client-secret", "TE: trailers", "Trailer: client-secret",
        "Connection: keep-alive, X-UpstreamRequest",
        "X-UpstreamRequest: client-secret", "Upgrade: websocket", "x-bf-eh-authorization: client-secret", "x-bf-eh-Host: client-secret",
        "x-bf-eh-cookie: client-secret", "x-bf-eh-x-api-key: client-secret", "x-bf-eh-content-length: 5", "x-bf-eh-transfer-encoding: chunked",
        "x-bf-eh-x-forwarded-for: client-secret", "x-bf-eh-x-bf-vk: client-secret", "x-bf-eh-connection: client-secret", "x-bf-eh-: client-secret",
        "x-bf-eh-proxy-authorization: client-secret", "x-bf-eh-expect: 100-continue", "x-bf-eh-baggage: client-secret",
    ];

    private static readonly string[] s_expected =
        ["Host", "Accept", "User-Agent", "Authorization", "Content-Type", "Content-Length", "Foo", "X-Names", "X-Configured"];

    public static TheoryData<string> Kinds => ["get", "list", "create", "upload", "download", "delete"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Headers_of_the_client_stay_in_the_gateway(string kind)
    {
        await using var upstream = await FakeOpenAI.StartAsync("upstream-key-0123456789");
        var network = Between.Long with { ExtraHeaders = new Dictionary<string, string> { ["X-Configured"] = "yes" }.ToFrozenDictionary() };
        await using var gateway = await Between.GatewayAsync(upstream.Url, network, "upstream-key-0123456789");
        var (method, path, body) = kind switch
        {
            "get" => ("GET", "/v1/containers/c", ""),
            "list" => ("GET", "/v1/containers", ""),
            "delete" => ("DELETE", "/v1/containers/c", ""),
            "create" => ("POST", "/v1/containers", "{\"name\":\"c\"}"),
            "upload" =>
                ("POST", "/v1/containers/c/files", "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--B--\r\n"),
            _ => ("GET", "/v1/containers/c/files/f/content", ""),
        };
        var type = kind == "upload" ? "multipart/form-data; boundary=B" : "application/json";
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync(Encoding.UTF8.GetBytes(
            $"{method} {path} HTTP/1.1\r\nHost: gateway\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"
            + string.Concat(s_private.Select(header => header + "\r\n")) + "x-bf-eh-Foo: bar\r\nx-bf-eh-X-Names: häß\r\n\r\n" + body));
        Assert.InRange((await client.ReceiveAsync())!.Status, 200, 404);

        var received = Assert.Single(upstream.Requests);
        Assert.DoesNotContain(received.Headers, header => header.Value.Contains("client-secret", StringComparison.Ordinal));
        Assert.All(received.Headers.Keys, name => Assert.Contains(name, s_expected, StringComparer.OrdinalIgnoreCase));
        Assert.Equal("Bearer upstream-key-0123456789", received.Headers["Authorization"]);
        Assert.Equal(new Uri(upstream.Url).Authority, received.Headers["Host"]);
        Assert.Equal("bar", received.Headers["Foo"]);
        Assert.Equal("häß", received.Headers["X-Names"]);
        Assert.Equal("yes", received.Headers["X-Configured"]);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("download")]
    [InlineData("upload")]
    public async Task Headers_of_the_upstream_do_not_reach_the_client(string kind)
    {
        await using var upstream = RawUpstream.Answering(
            "HTTP/1.1 200 OK\nSet-Cookie: upstream-secret\nServer: upstream-secret\nopenai-organization: upstream-secret\n"
                + "openai-project: upstream-secret\n"
            + "Strict-Transport-Security: max-age=upstream-secret\nAlt-Svc: h3=upstream-secret\nLocation: /upstream-secret\nVia: upstream-secret\n"
            + "Clear-Site-Data: upstream-secret\nX-Powered-By: upstream-secret\nAccess-Control-Allow-Origin: upstream-secret\n"
            + "WWW-Authenticate: upstream-secret\nTrailer: upstream-secret\nx-request-id: req_42\nx-ratelimit-remaining-requests: 9\n"
            + "x-ratelimit-odd: h\u00e4\nopenai-processing-ms: 7\nContent-Type: text/plain\nContent-Length: 10\n\n{\"id\":\"c\"}");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        var answer = await Between.AskAsync(gateway, kind);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.DoesNotContain("upstream-secret", answer + answer.Content.Headers.ToString(), StringComparison.Ordinal);
        Assert.False(answer.Headers.Contains("Server"));
        Assert.Equal("req_42", answer.Headers.GetValues("x-upstream-request-id").Single());
        Assert.NotEqual("req_42", answer.Headers.GetValues("x-request-id").Single());
        Assert.Equal("9", answer.Headers.GetValues("x-ratelimit-remaining-requests").Single());
        Assert.Equal("7", answer.Headers.GetValues("openai-processing-ms").Single());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task Headers_of_a_file_cross_as_they_are()
    {
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            await exchange.ReadRequestAsync();
            await exchange.WriteAsync(Encoding.UTF8.GetBytes(
                "HTTP/1.1 206 Partial Content\r\nContent-Type: text/plain; charset=x\r\nContent-Disposition: attachment; filename=\"häß.txt\"\r\n"
                + "ETag: \"tag\"\r\nContent-Range: bytes 0-4/9\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 5\r\n\r\nhello"));
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync("GET /v1/containers/c/files/f/content HTTP/1.1\r\nHost: gateway\r\nRange: bytes=0-4\r\nIf-None-Match: \"x\"\r\n\r\n");
        var answer = await client.ReceiveAsync();
        Assert.Equal((206, "hello"), (answer!.Status, answer.Text));
        Assert.Equal("attachment; filename=\"häß.txt\"", Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(answer.Headers["Content-Disposition"])));
        Assert.Equal("\"tag\"", answer.Headers["ETag"]);
        Assert.Equal("bytes 0-4/9", answer.Headers["Content-Range"]);
        Assert.Contains("Range: bytes=0-4", upstream.Heads.Single(), StringComparison.Ordinal);
        Assert.Contains("If-None-Match: \"x\"", upstream.Heads.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_of_a_range_that_the_file_does_not_have_say_how_long_it_is()
    {
        await using var upstream = RawUpstream.Answering("HTTP/1.1 416 Range Not Satisfiable\nContent-Range: bytes */9\nContent-Length: 0\n\n");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        using var answer = await Between.DownloadAsync(gateway);
        Assert.Equal("bytes */9", answer.Content.Headers.ContentRange?.ToString());
        await Refusal.OfAsync(answer, 416);
    }

    [Theory]
    [InlineData("my-id_1.2:3", true)]
    [InlineData("00000000-0000-0000-0000-000000000000", false)]
    [InlineData("a b", false)]
    [InlineData("<script>", false)]
    [InlineData("h\u00c3\u00a4", false)]
    [InlineData("", false)]
    public async Task Request_id_of_a_client_is_echoed_when_well_formed(string id, bool echoed)
    {
        await using var upstream = await FakeOpenAI.StartAsync();
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        var answer = await RawClient.AskAsync(gateway, $"GET /v1/containers HTTP/1.1\nHost: gateway\nx-request-id: {id}\n\n");
        Assert.Equal(200, answer.Status);
        Assert.Equal(echoed, answer.Headers["x-request-id"] == id);
        var twice = await RawClient.AskAsync(gateway, "GET /v1/containers HTTP/1.1\nHost: gateway\nx-request-id: a\nx-request-id: b\n\n");
        Assert.DoesNotContain(twice.Headers["x-request-id"], new[] { "a", "b", "a, b", "a,b" });
    }
}
