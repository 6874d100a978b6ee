using System.Net;
using System.Net.Sockets;
using System.Text;
using Gateway.Fakes;
using Xunit;
using static Gateway.Scenarios.Limits.LimitsWorld;

namespace Gateway.Scenarios.Limits;

/// <summary>Requests beyond a window's number are refused until the next one, by key, team, customer and provider.</summary>
public sealed class RequestLimitTests
{
    [Fact]
    public async Task Request_beyond_the_limit_is_refused_with_what_a_client_needs_to_wait()
    {
        await using var world = await LimitsWorld.StartAsync($"{Rates}, \"virtual_keys\": [ {Key("ann", Ann, ", \"rate_limit_id\": \"two\"")} ]");
        using var first = await world.ListAsync(Ann);
        Assert.Equal(("2", "1"), (Header(first, "x-ratelimit-limit-requests"), Header(first, "x-ratelimit-remaining-requests")));
        Assert.Matches("^(1h0m0s|59m[0-9.]+s)$", Header(first, "x-ratelimit-reset-requests"));
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync(Ann));

        using var refused = await world.ListAsync(Ann);
        var error = await ErrorAsync(Task.FromResult(refused), 429, "request_limited");
        Assert.Equal("request_limited", error["type"]!.GetValue<string>());
        Assert.StartsWith(
            "Rate limit check failed: this virtual key may send 2 requests in 1h0m0s", error["error"]!["message"]!.GetValue<string>(),
            StringComparison.Ordinal);
        Assert.Equal("policy_rate_limited", error["extra_fields"]!["error_type"]!.GetValue<string>());
        Assert.InRange(error["extra_fields"]!["retry_after"]!.GetValue<long>(), 3_000_000, 3_600_000);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 3000, 3600);
        Assert.Equal(("0", "false"), (Header(refused, "x-ratelimit-remaining-requests"), Header(refused, "x-should-retry")));
        Assert.Matches("gateway_client_rejected_total\\{[^}]*reason=\"request_limited\"[^}]*\\} 1", await ScrapeAsync(world));
    }

    [Theory]
    [InlineData("team_id", "teams")]
    [InlineData("customer_id", "customers")]
    public async Task Keys_of_a_group_share_its_limit_and_others_do_not(string member, string groups)
    {
        await using var world = await LimitsWorld.StartAsync(
            $$"""
            {{Rates}}, "{{groups}}": [ { "id": "g", "rate_limit_id": "two" } ],
            "virtual_keys": [ {{Key("ann", Ann, $", \"{member}\": \"g\"")}}, {{Key("bob", Bob, $", \"{member}\": \"g\"")}},
                              {{Key("eve", "sk-bf-eve-0123456789abcdefghijklm")}} ]
            """);
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync(Ann));
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync(Bob));
        Assert.Equal(HttpStatusCode.TooManyRequests, await world.StatusAsync(Ann));
        Assert.Equal(HttpStatusCode.TooManyRequests, await world.StatusAsync(Bob));
        using var free = await world.ListAsync("sk-bf-eve-0123456789abcdefghijklm");
        Assert.Equal(HttpStatusCode.OK, free.StatusCode);
        Assert.False(free.Headers.Contains("x-ratelimit-limit-requests"));
    }

    [Fact]
    public async Task Limit_at_a_provider_binds_there_alone_and_nothing_beyond_it_gets_there()
    {
        await using var world = await LimitsWorld.StartAsync(
            $"{Rates}, \"virtual_keys\": [ {Key("ann", Ann, ofLab: ", \"rate_limit_id\": \"two\"")} ]");
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync(Ann, provider: "lab"));
        using var both = await world.ListAsync(Ann, provider: "*");
        Assert.Equal("0", Header(both, "x-ratelimit-remaining-requests"));
        var before = world.Upstream.Requests.Count;
        var error = await ErrorAsync(world.ListAsync(Ann, provider: "lab"), 429, "request_limited");
        Assert.Contains("at provider 'lab'", error["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        await ErrorAsync(world.ListAsync(Ann, provider: "*"), 429, "request_limited");
        await ErrorAsync(
            world.Client.SendAsync(HttpMethod.Post, "/openai/v1/containers", """{ "name": "x" }""", ("x-bf-vk", Ann)), 429, "request_limited");
        Assert.Equal(before, world.Upstream.Requests.Count);
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync(Ann));
    }

    [Fact]
    public async Task Refused_upload_is_answered_before_its_body_has_come()
    {
        await using var world = await LimitsWorld.StartAsync($"{Rates}, \"virtual_keys\": [ {Key("ann", Ann, ", \"rate_limit_id\": \"two\"")} ]");
        Assert.Equal(2, await world.AnsweredAsync(Ann, 2));
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(world.Gateways[0].Url).Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /v1/containers/cntr_1/files HTTP/1.1\r\nHost: 127.0.0.1\r\nx-bf-vk: {Ann}\r\n"
            + "Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n"));
        using var reader = new StreamReader(stream);
        Assert.Equal("HTTP/1.1 429 Too Many Requests", await reader.ReadLineAsync().WaitAsync(Until.Hung));
    }

    [Fact]
    public async Task Window_ends_and_the_next_one_begins()
    {
        await using var world = await LimitsWorld.StartAsync($"{Rates}, \"virtual_keys\": [ {Key("ann", Ann, ", \"rate_limit_id\": \"brief\"")} ]");
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync(Ann));
        await Until.TrueAsync(async () => await world.StatusAsync(Ann) == HttpStatusCode.OK, "the window never ends");
    }

    [Fact]
    public async Task Live_edit_keeps_what_was_counted()
    {
        await using var world = await LimitsWorld.StartAsync($"{Rates}, \"virtual_keys\": [ {Key("ann", Ann, ", \"rate_limit_id\": \"two\"")} ]");
        Assert.Equal(2, await world.AnsweredAsync(Ann, 2));
        await world.EditAsync($"{Rates}, \"virtual_keys\": [ {Key("ann", Ann, ", \"rate_limit_id\": \"three\"")}, {Key("bob", Bob)} ]");
        await Until.TrueAsync(async () => await world.StatusAsync(Bob) == HttpStatusCode.OK, "the edit is not in force");
        Assert.Equal(1, await world.AnsweredAsync(Ann, 5));
    }

    [Fact]
    public async Task Calls_side_by_side_are_as_many_as_the_limit_says()
    {
        await using var world = await LimitsWorld.StartAsync(
            $$"""
            {{Rates}}, "teams": [ { "id": "g", "limits": { "max_concurrent_calls": 2 } } ],
            "virtual_keys": [ {{Key("ann", Ann, ", \"team_id\": \"g\", \"limits\": { \"max_concurrent_calls\": 1 }")}},
                              {{Key("bob", Bob, ", \"team_id\": \"g\"")}} ]
            """);
        await using var held = new Held(world.Upstream);
        var first = world.ListAsync(Ann, provider: "lab");
        await held.UntilAsync(1);
        using var second = await world.ListAsync(Ann);
        var error = await ErrorAsync(Task.FromResult(second), 429, "rate_limited");
        Assert.Contains("this virtual key may have 1 calls", error["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(1), second.Headers.RetryAfter!.Delta);
        var third = world.Client.SendAsync(HttpMethod.Get, "/v1/containers?provider=lab&limit=5", null, ("x-bf-vk", Bob));
        await held.UntilAsync(2);
        Assert.Equal(HttpStatusCode.TooManyRequests, await world.StatusAsync(Bob));
        held.Release();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await third).StatusCode);
        await Until.TrueAsync(async () => await world.StatusAsync(Ann) == HttpStatusCode.OK, "the place is not given back");
        await Until.TrueAsync(async () => await world.StatusAsync(Bob) == HttpStatusCode.OK, "the team's place is not given back");
    }

    [Fact]
    public async Task Client_that_leaves_gives_its_place_back()
    {
        await using var world = await LimitsWorld.StartAsync(
            $"\"virtual_keys\": [ {Key("ann", Ann, ", \"limits\": { \"max_concurrent_calls\": 1 }")} ]");
        await using var held = new Held(world.Upstream);
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/containers?provider=lab");
        request.Headers.TryAddWithoutValidation("x-bf-vk", Ann);
        var left = world.Client.SendAsync(request, leaving.Token);
        await held.UntilAsync(1);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        await Until.TrueAsync(async () => await world.StatusAsync(Ann) == HttpStatusCode.OK, "the place is not given back");
    }

    internal static string Header(HttpResponseMessage answer, string name) => Assert.Single(answer.Headers.GetValues(name));

    private static async Task<string> ScrapeAsync(LimitsWorld world)
    {
        using var admin = new HttpClient();
        return await admin.GetStringAsync(world.Gateways[0].AdminUrl + "/metrics");
    }
}
