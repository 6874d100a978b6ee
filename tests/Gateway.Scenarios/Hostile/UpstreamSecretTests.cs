using System.Text.Json;
using Gateway.Fakes;
using Gateway.Scenarios.Upstream;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>No secret of one side is ever seen by the other, nor by the log.</summary>
public sealed class UpstreamSecretTests
{
    private const string Key = "sk-planted-upstream-key-0123456789";
    private const string Bearer = "planted-client-bearer-9876543210";

    /// <summary>Upstreams that repeat, wherever they can, the credential they were sent.</summary>
    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task Secret_in_an_upstream_answer_does_not_cross_the_gateway(int status)
    {
        var error = $$"""{"message":"Bad {{Key}} {{Key}}","type":"{{Key}}","code":"{{Key}}","param":"{{Key}}"}""";
        var body = $$"""{"id":"c","data":[],"note":"{{Key}}","error":{{error}}}""";
        var head =
            $"HTTP/1.1 {status} {Key}\nx-request-id: {Key}\nx-ratelimit-key: {Key}\nopenai-version: {Key}\nETag: \"{Key}\"\nSet-Cookie: {Key}\n"
            + $"Content-Disposition: attachment; filename=\"{Key}\"\nContent-Type: application/json; key={Key}\nContent-Length: ";
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            // A file's content is the client's own; all else is the upstream's words.
            var content = (await exchange.ReadRequestAsync())!.Contains("/content", StringComparison.Ordinal) && status == 200 ? "{}" : body;
            await exchange.WriteAsync($"{head.Replace("\n", "\r\n", StringComparison.Ordinal)}{content.Length}\r\n\r\n{content}");
        });
        using var logs = new Logs();
        var provider = TestSettings.OpenAI(upstream.Url, network: Between.Long, keys: Key) with
        {
            SendBackRawRequest = true, SendBackRawResponse = true,
        };
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(provider), logs);
        gateway.Client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Bearer " + Bearer);
        gateway.Client.DefaultRequestHeaders.TryAddWithoutValidation("Cookie", Bearer);
        gateway.Client.DefaultRequestHeaders.TryAddWithoutValidation("x-bf-vk", Bearer);
        gateway.Client.DefaultRequestHeaders.TryAddWithoutValidation("x-bf-eh-authorization", Bearer);
        foreach (var kind in new[] { "get", "list", "create", "delete", "upload", "download" })
        {
            var answer = await Between.AskAsync(gateway, kind);
            var all = answer + answer.Content.Headers.ToString() + await answer.Content.ReadAsStringAsync();
            Assert.DoesNotContain(Key, all, StringComparison.Ordinal);
            Assert.DoesNotContain(Bearer, all, StringComparison.Ordinal);
        }

        using var admin = await gateway.Client.GetAsync(gateway.AdminUrl + "/metrics");
        Assert.DoesNotContain(Key, await admin.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.NotEmpty(logs.Lines);
        Assert.All(logs.Lines, line => Assert.DoesNotContain(Key, line, StringComparison.Ordinal));
        Assert.All(logs.Lines, line => Assert.DoesNotContain(Bearer, line, StringComparison.Ordinal));
        Assert.All(upstream.Heads, line => Assert.DoesNotContain(Bearer, line, StringComparison.Ordinal));
    }

    /// <summary>JSON may write any character of a key in other ways, and the gateway unescapes what it tells of an error.</summary>
    [Theory]
    [InlineData(200, """k\u002B3Jd\/9sQz\u002babc123def456""")]
    [InlineData(400, """k\u002B3Jd\/9sQz\u002babc123def456""")]
    [InlineData(400, """\u006b+3Jd/9sQz+abc123def45\u0036""")]
    [InlineData(
        500,
        """\\\u006b\u002b\u0033\u004a\u0064\u002f\u0039\u0073\u0051\u007a\u002b"""
            + """\u0061\u0062\u0063\u0031\u0032\u0033\u0064\u0065\u0066\u0034\u0035\u0036\\""")]
    public async Task Secret_in_an_upstream_answer_does_not_cross_escaped(int status, string written)
    {
        const string Odd = "k+3Jd/9sQz+abc123def456";
        var error = $$"""{"message":"Bad {{written}}","type":"{{written}}","code":"c","param":null}""";
        var body = $$"""{"id":"c","note":"k\n{{written}} and {{written}}","error":{{error}}}""";
        await using var upstream = RawUpstream.Answering(
            $"HTTP/1.1 {status} Odd\nContent-Type: application/json\nContent-Length: {body.Length}\n\n{body}");
        await using var gateway = await Between.GatewayAsync(upstream.Url, Between.Long, Odd);
        var answer = await (await Between.GetAsync(gateway)).Content.ReadAsStringAsync();

        using var document = JsonDocument.Parse(answer);
        Assert.DoesNotContain(written, answer, StringComparison.Ordinal);
        Assert.DoesNotContain(Odd, answer, StringComparison.Ordinal);
        Assert.DoesNotContain(Odd, document.RootElement.TryGetProperty("note", out var note) ? note.GetString()! : "", StringComparison.Ordinal);
    }

    /// <summary>Not everything is JSON: a backslash in front of a key, or in it, hides nothing.</summary>
    [Theory]
    [InlineData("C:\\sk-0123456789 and sk-0123456789", "sk-0123456789", "C:\\*** and ***")]
    [InlineData("key a\\b-0123456789.", "a\\b-0123456789", "key ***.")]
    public void Secret_of_a_provider_is_found_in_any_text(string text, string key, string shown) =>
        Assert.Equal(shown, System.Text.Encoding.UTF8.GetString(
            new Gateway.Upstream.SecretMask([key]).Apply(System.Text.Encoding.UTF8.GetBytes(text)).Span));

    [Fact]
    public async Task Secrets_in_paths_queries_and_broken_requests_are_not_logged()
    {
        await using var upstream = await FakeOpenAI.StartAsync(Key);
        using var logs = new Logs();
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(upstream.Url, keys: Key)), logs);
        foreach (var request in new[]
        {
            $"GET /nowhere?token={Bearer} HTTP/1.1\nHost: gateway\n\n",
            $"GET /v1/containers?after=%2F{Bearer} HTTP/1.1\nHost: gateway\n\n",
            $"GET /v1/containers?api_key={Bearer} HTTP/1.1\nHost: gateway\n\n",
            $"POST /v1/containers HTTP/1.1\nHost: gateway\nContent-Type: application/json\nContent-Length: {Bearer.Length}\n\n{Bearer}",
            $"GET /v1/containers?provider={Bearer} HTTP/1.1\nHost: gateway\n\n",
        })
        {
            await RawClient.AskAsync(gateway, request);
        }

        Assert.All(logs.Lines, line => Assert.DoesNotContain(Bearer, line, StringComparison.Ordinal));
    }
}
