using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>Neither a page of another site nor a name that was pointed at this machine gets anything done.</summary>
public sealed class HostAndOriginTests
{
    private const string Json = "{\"name\":\"c\"}";

    [Theory]
    [InlineData("attacker.example", false)]
    [InlineData("attacker.example:8080", false)]
    [InlineData("localhost.attacker.example", false)]
    [InlineData("127.0.0.1.attacker.example", false)]
    [InlineData("notlocalhost", false)]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST:9999", true)]
    [InlineData("localhost.", true)]
    [InlineData("dev.localhost:8080", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.8.9.1:80", true)]
    [InlineData("[::1]:8080", true)]
    [InlineData("10.1.2.3", true)]
    [InlineData("", true)]
    public async Task A_loopback_listener_answers_to_its_own_names_and_to_addresses(string host, bool answered)
    {
        await using var upstream = await FakeOpenAI.StartAsync();
        await using var gateway = await StartAsync(upstream);
        foreach (var request in new[] { "GET /v1/containers", "DELETE /v1/containers/c", "GET /docs", "GET /nowhere" })
        {
            var answer = await RawClient.AskAsync(gateway, $"{request} HTTP/1.1\nHost: {host}\nContent-Length: 0\n\n");
            if (answered)
            {
                Assert.NotEqual(400, answer.Status);
            }
            else
            {
                Refusal.Of(answer, 400, "host_not_allowed", "Host");
            }
        }

        foreach (var path in new[] { "/livez", "/readyz", "/health", "/metrics", "/explain" })
        {
            var answer = await AskAdminAsync(gateway, $"GET {path} HTTP/1.1\nHost: {host}\n\n");
            var isRefused = answer.Status == 400 && answer.Text.Contains("host_not_allowed", StringComparison.Ordinal);
            Assert.True(isRefused != answered, $"{path}: {answer}");
        }

        Assert.Equal(answered, !upstream.Requests.IsEmpty);
    }

    [Theory]
    [InlineData("gateway.example", true)]
    [InlineData("gateway.example:8443", true)]
    [InlineData("a.sandbox.example", true)]
    [InlineData("sandbox.example", false)]
    [InlineData("other.example", false)]
    [InlineData("localhost:1", true)]
    public async Task Allowed_hosts_are_answered_whatever_the_port(string host, bool answered)
    {
        await using var upstream = await FakeOpenAI.StartAsync();
        await using var gateway = await StartAsync(upstream, hosts: ["gateway.example", "*.sandbox.example"]);
        Assert.Equal(answered ? 200 : 400, (await RawClient.AskAsync(gateway, $"GET /v1/containers HTTP/1.1\nHost: {host}\n\n")).Status);
        Assert.Equal(answered ? 200 : 400, (await AskAdminAsync(gateway, $"GET /readyz HTTP/1.1\nHost: {host}\n\n")).Status);
    }

    [Theory]
    [InlineData("Origin: https://evil.example\n")]
    [InlineData("Origin: null\n")]
    [InlineData("Origin: http://localhost:3000\n")]
    [InlineData("Origin: http://localhost\n")]
    [InlineData("Origin: http://localhost:8080.evil.example\n")]
    [InlineData("Origin: http://localhost:8080\nOrigin: http://localhost:8080\n")]
    [InlineData("Sec-Fetch-Site: cross-site\n")]
    [InlineData("Sec-Fetch-Site: same-site\nOrigin: http://localhost:3000\n")]
    [InlineData("Sec-Fetch-Site: cross-site\nOrigin: http://localhost:8080\n")]
    public async Task Page_of_another_origin_cannot_change_anything(string headers)
    {
        await using var upstream = await FakeOpenAI.StartAsync();
        await using var gateway = await StartAsync(upstream);
        const string Upload = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--B--\r\n";
        foreach (var (request, body) in new[]
        {
            ("POST /v1/containers HTTP/1.1\nContent-Type: application/json", Json), ("DELETE /v1/containers/c HTTP/1.1", ""),
            ("POST /v1/containers/c/files HTTP/1.1\nContent-Type: multipart/form-data; boundary=B", Upload),
            ("DELETE /v1/containers/c/files/f HTTP/1.1", ""),
        })
        {
            Refusal.Of(
                await RawClient.AskAsync(gateway, $"{request}\nHost: localhost:8080\nContent-Length: {body.Length}\n{headers}\n{body}"), 403,
                "origin_not_allowed");
        }

        Assert.Empty(upstream.Requests);
        Assert.Equal(200, (await RawClient.AskAsync(gateway, $"GET /v1/containers HTTP/1.1\nHost: localhost:8080\n{headers}\n")).Status);
    }

    [Theory]
    [InlineData("Origin: http://localhost:8080\n")]
    [InlineData("Origin: https://localhost:8080\n")]
    [InlineData("Sec-Fetch-Site: same-origin\nOrigin: http://localhost:8080\n")]
    [InlineData("Sec-Fetch-Site: none\n")]
    [InlineData("Origin: https://app.allowed.example\nSec-Fetch-Site: cross-site\n")]
    [InlineData("Origin: https://any.wild.example\n")]
    public async Task Page_of_the_gateway_or_of_an_allowed_origin_can_change_things(string headers)
    {
        await using var upstream = await FakeOpenAI.StartAsync();
        await using var gateway = await StartAsync(upstream, origins: ["https://app.allowed.example", "https://*.wild.example"]);
        Assert.Equal(200, (await CreateAsync(gateway, $"Content-Type: application/json\n{headers}")).Status);
    }

    [Theory]
    [InlineData("", 415)]
    [InlineData("Content-Type: text/plain\n", 415)]
    [InlineData("Content-Type: application/x-www-form-urlencoded\n", 415)]
    [InlineData("Content-Type: text/json\n", 415)]
    [InlineData("Content-Type: nonsense\n", 415)]
    [InlineData("Content-Type: application/json\n", 200)]
    [InlineData("Content-Type: Application/JSON; charset=utf-8\n", 200)]
    [InlineData("Content-Type: application/vnd.example+json\n", 200)]
    public async Task A_create_must_be_called_json(string type, int status)
    {
        await using var upstream = await FakeOpenAI.StartAsync();
        await using var gateway = await StartAsync(upstream);
        var answer = await CreateAsync(gateway, type);
        Assert.Equal(status, answer.Status);
        if (status != 200)
        {
            Refusal.Of(answer, status, "unsupported_media_type", "Content-Type");
            Assert.Empty(upstream.Requests);
        }
    }

    private static Task<RawAnswer> CreateAsync(RunningGateway gateway, string headers) => RawClient.AskAsync(
        gateway, $"POST /v1/containers HTTP/1.1\nHost: localhost:8080\nContent-Length: {Json.Length}\n{headers}\n{Json}");

    private static async Task<RawAnswer> AskAdminAsync(RunningGateway gateway, string request)
    {
        await using var client = await RawClient.ConnectAsync(gateway.AdminUrl);
        await client.SendAsync(RawClient.Lines(request));
        return (await client.ReceiveAsync())!;
    }

    private static Task<RunningGateway> StartAsync(FakeOpenAI upstream, string[]? origins = null, string[]? hosts = null)
    {
        var settings = TestSettings.Of(TestSettings.OpenAI(upstream.Url));
        return RunningGateway.StartAsync(settings with
        {
            Client = settings.Client with { AllowedOrigins = [.. origins ?? []] }, Server = settings.Server with { AllowedHosts = [.. hosts ?? []] },
        });
    }
}
