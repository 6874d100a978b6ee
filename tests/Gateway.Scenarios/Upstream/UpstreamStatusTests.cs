using System.Text.Json;
using Gateway.Scenarios.Hostile;
using WireMock.RequestBuilders;
using WireMock.ResponseBuilders;
using WireMock.Server;
using Xunit;

namespace Gateway.Scenarios.Upstream;

/// <summary>Every status of an upstream has one meaning at the gateway.</summary>
public sealed class UpstreamStatusTests
{
    [Theory]
    [InlineData("<html>")]
    [InlineData(300)]
    public async Task Error_of_an_upstream_shows_its_words_up_to_a_bound(object word)
    {
        var text = word as string ?? new string('x', (int)word);
        using var upstream = WireMockServer.Start();
        upstream.Given(Request.Create()).RespondWith(Response.Create().WithStatusCode(400)
            .WithBody($$$"""{"error":{"message":"no","type":"{{{text}}}","code":"{{{text}}}","param":"{{{text}}}"}}"""));
        await using var gateway = await Between.GatewayAsync(upstream.Url!);
        using var answer = JsonDocument.Parse(await (await Between.GetAsync(gateway)).Content.ReadAsStringAsync());
        var error = answer.RootElement.GetProperty("error");
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (error.GetProperty("code").ValueKind, error.GetProperty("param").ValueKind));
    }

    private const string Html = "<html><head><title>Bad</title></head><body><h1>nginx/1.25 at 10.0.0.7</h1></body></html>";

    [Theory]
    [InlineData(400, 400, null)]
    [InlineData(401, 502, "upstream_credentials_exhausted")]
    [InlineData(403, 502, "upstream_credentials_exhausted")]
    [InlineData(404, 404, null)]
    [InlineData(410, 410, null)]
    [InlineData(405, 405, "unsupported_operation")]
    [InlineData(408, 408, null)]
    [InlineData(409, 409, null)]
    [InlineData(413, 413, null)]
    [InlineData(418, 418, null)]
    [InlineData(422, 422, null)]
    [InlineData(429, 429, null)]
    [InlineData(500, 502, null)]
    [InlineData(502, 502, null)]
    [InlineData(503, 503, null)]
    [InlineData(504, 504, null)]
    [InlineData(507, 507, null)]
    [InlineData(501, 501, "unsupported_operation")]
    [InlineData(529, 529, null)]
    [InlineData(599, 599, null)]
    public async Task Error_of_an_upstream_shows_no_markup(int status, int answered, string? code)
    {
        using var upstream = WireMockServer.Start();
        upstream.Given(Request.Create()).RespondWith(
            Response.Create().WithStatusCode(status).WithHeader("Content-Type", "text/html").WithBody(Html));
        await using var gateway = await Between.GatewayAsync(upstream.Url!);
        foreach (var kind in new[] { "get", "download", "upload" })
        {
            var response = await Between.AskAsync(gateway, kind);
            var message = await Refusal.OfAsync(response, answered, code);
            Assert.DoesNotContain('<', message);
            Assert.DoesNotContain("nginx", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(408, "provider_timeout", null)]
    [InlineData(507, "provider_server_error", "false")]
    public async Task Slow_body_and_full_disk_are_neither_repeated_nor_the_gateways_fault(int status, string errorType, string? again)
    {
        using var upstream = WireMockServer.Start();
        upstream.Given(Request.Create()).RespondWith(Response.Create().WithStatusCode(status).WithBody("no"));
        await using var gateway = await Between.GatewayAsync(upstream.Url!, Between.Long with { MaxRetries = 2 });
        var response = await Between.GetAsync(gateway);
        await Refusal.OfAsync(response, status);
        Assert.Single(upstream.LogEntries);
        Assert.Equal(again, response.Headers.TryGetValues("x-should-retry", out var told) ? told.Single() : null);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.False(body.RootElement.GetProperty("is_bifrost_error").GetBoolean());
        Assert.Equal(errorType, body.RootElement.GetProperty("extra_fields").GetProperty("error_type").GetString());
    }

    [Theory]
    [InlineData(400, 400)]
    [InlineData(404, 404)]
    [InlineData(409, 409)]
    [InlineData(429, 429)]
    [InlineData(500, 502)]
    [InlineData(503, 503)]
    public async Task Error_of_an_upstream_keeps_the_words_of_its_envelope(int status, int answered)
    {
        using var upstream = WireMockServer.Start();
        upstream.Given(Request.Create()).RespondWith(Response.Create().WithStatusCode(status).WithBody(
            """{"error":{"message":"It says why.","type":"its_type","code":"its_code","param":"its.param"}}"""));
        await using var gateway = await Between.GatewayAsync(upstream.Url!);
        Assert.Equal("It says why.", await Refusal.OfAsync(await Between.GetAsync(gateway), answered, "its_code", "its.param"));
    }

    [Theory]
    [InlineData("""{"error":"It says why."}""", null)]
    [InlineData("""{"statusCode":400,"message":"It says why."}""", null)]
    [InlineData("""{"detail":"It says why."}""", null)]
    [InlineData("""{"detail":{"message":"It says why.","param":"name"}}""", "name")]
    [InlineData("""{"detail":{"error":{"message":"It says why.","param":"name"}}}""", "name")]
    [InlineData("""{"detail":{"error":"It says why."}}""", null)]
    [InlineData("""{"detail":[{"loc":["body","expires_after",0,"minutes"],"msg":"It says why.","type":"missing"}]}""", "expires_after.0.minutes")]
    [InlineData("""{"type":"about:blank","title":"Bad","status":400,"detail":"It says why."}""", null)]
    [InlineData("""{"type":"about:blank","title":"It says why."}""", null)]
    [InlineData("""{"title":"It says why.","detail":null}""", null)]
    [InlineData("\"It says why.\"", null)]
    [InlineData("It says why.\n", null)]
    public async Task Error_keeps_the_words_of_servers_that_only_resemble_the_original(string body, string? param)
    {
        using var upstream = WireMockServer.Start();
        upstream.Given(Request.Create()).RespondWith(Response.Create().WithStatusCode(400).WithBody(body));
        await using var gateway = await Between.GatewayAsync(upstream.Url!);
        Assert.Equal("It says why.", await Refusal.OfAsync(await Between.GetAsync(gateway), 400, null, param));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("<p>It says why.</p>")]
    [InlineData("It says \u0000 why.")]
    [InlineData("""{"error":null}""")]
    [InlineData("""{"error":{"message":7e999999}}""")]
    [InlineData("""{"detail":[]}""")]
    [InlineData("""{"detail":[null]}""")]
    [InlineData("""{"detail":[{"loc":[],"msg":null}]}""")]
    [InlineData("""{"detail":[{"loc":"body","msg":{}}]}""")]
    [InlineData("""{"detail":null,"error":[]}""")]
    [InlineData("""{"detail":""")]
    [InlineData("""{"detail":"\ud800"}""")]
    public async Task Error_of_an_upstream_without_words_has_the_gateways(string body)
    {
        using var upstream = WireMockServer.Start();
        upstream.Given(Request.Create()).RespondWith(Response.Create().WithStatusCode(400).WithBody(body));
        await using var gateway = await Between.GatewayAsync(upstream.Url!);
        var message = await Refusal.OfAsync(await Between.GetAsync(gateway), 400);
        Assert.DoesNotContain("why", message, StringComparison.Ordinal);
        Assert.NotEmpty(message);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Redirect_of_an_upstream_is_never_followed(int status)
    {
        using var upstream = WireMockServer.Start();
        upstream.Given(Request.Create().WithPath("/v1/*")).RespondWith(
            Response.Create().WithStatusCode(status).WithHeader("Location", upstream.Url + "/elsewhere"));
        upstream.Given(Request.Create().WithPath("/elsewhere")).RespondWith(Response.Create().WithBody("{\"id\":\"stolen\"}"));
        await using var gateway = await Between.GatewayAsync(upstream.Url!);
        foreach (var kind in new[] { "get", "list", "delete", "create", "upload", "download" })
        {
            var response = await Between.AskAsync(gateway, kind);
            await Refusal.OfAsync(response, 502);
            Assert.False(response.Headers.Contains("Location"));
        }

        Assert.DoesNotContain(upstream.LogEntries, entry => entry.RequestMessage!.Path == "/elsewhere");
    }

    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(202)]
    [InlineData(203)]
    public async Task Success_of_an_upstream_is_a_200(int status)
    {
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 {status} Fine\nContent-Length: 25\n\n{{\"id\":\"c\",\"deleted\":true}}");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        foreach (var kind in new[] { "get", "create", "upload", "delete", "download" })
        {
            Assert.Equal(200, (int)(await Between.AskAsync(gateway, kind)).StatusCode);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 204 No Content\n\n")]
    [InlineData("HTTP/1.1 200 OK\nContent-Length: 0\n\n")]
    [InlineData("HTTP/1.1 202 Accepted\nContent-Length: 2\n\n\r\n")]
    public async Task Success_without_a_body_is_enough_for_a_delete_alone(string answer)
    {
        await using var upstream = RawUpstream.Answering(answer);
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        using var deleted = JsonDocument.Parse(await (await Between.DeleteAsync(gateway)).Content.ReadAsStringAsync());
        Assert.Equal("c", deleted.RootElement.GetProperty("id").GetString());
        Assert.Equal("container.deleted", deleted.RootElement.GetProperty("object").GetString());
        Assert.True(deleted.RootElement.GetProperty("deleted").GetBoolean());
        await Refusal.OfAsync(await Between.GetAsync(gateway), 502);
    }

    [Theory]
    [InlineData("Retry-After: 7", 7000)]
    [InlineData("retry-after-ms: 1500", 1500)]
    [InlineData("Retry-After: 9\nretry-after-ms: 1500", 1500)]
    [InlineData("Retry-After: 99999999", 3_600_000)]
    [InlineData("Retry-After: Sun, 06 Nov 1994 08:49:37 GMT", 0)]
    [InlineData("Retry-After: -3", null)]
    [InlineData("Retry-After: soon", null)]
    [InlineData("retry-after-ms: NaN", null)]
    public async Task Throttling_by_an_upstream_says_when_to_come_back(string header, int? milliseconds)
    {
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 429 Later\n{header}\nx-ratelimit-reset-requests: 7s\nContent-Length: 0\n\n");
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        var response = await Between.GetAsync(gateway);
        await Refusal.OfAsync(response, 429);
        Assert.Equal("7s", response.Headers.GetValues("x-ratelimit-reset-requests").Single());
        Assert.Equal(milliseconds is { } wait ? TimeSpan.FromSeconds((wait + 999) / 1000) : null, response.Headers.RetryAfter?.Delta);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(
            milliseconds, body.RootElement.GetProperty("extra_fields").TryGetProperty("retry_after", out var after) ? after.GetInt32() : null);
    }
}
