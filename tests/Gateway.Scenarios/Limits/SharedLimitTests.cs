using System.Net;
using Gateway.Fakes;
using Xunit;
using static Gateway.Scenarios.Limits.LimitsWorld;

namespace Gateway.Scenarios.Limits;

/// <summary>With Redis, limits hold over all instances; while it is away, each instance keeps them by itself.</summary>
public sealed class SharedLimitTests
{
    private static readonly string s_governance =
        $$"""
        "rate_limits": [ { "id": "thirty", "request_max_limit": 30, "request_reset_duration": "1h" } ],
        "teams": [ { "id": "g", "rate_limit_id": "thirty" } ],
        "virtual_keys": [ {{Key("ann", Ann, ", \"team_id\": \"g\", \"rate_limit_id\": \"thirty\"")}}, {{Key("bob", Bob, ", \"team_id\": \"g\"")}} ]
        """;

    [Fact]
    public async Task Two_instances_answer_exactly_as_many_requests_as_one_limit_says()
    {
        await using var world = await LimitsWorld.StartAsync(s_governance, gateways: 2, redis: true);
        Assert.Equal(30, await world.AnsweredAsync(Ann, 100));
        Assert.Equal(HttpStatusCode.TooManyRequests, await world.StatusAsync(Bob, 0));
        using var refused = await world.ListAsync(Bob, 1);
        var error = await ErrorAsync(Task.FromResult(refused), 429, "request_limited");
        Assert.Contains("the team of this virtual key", error["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("0", RequestLimitTests.Header(refused, "x-ratelimit-remaining-requests"));
    }

    [Fact]
    public async Task Flood_beyond_a_used_up_limit_does_not_ask_redis()
    {
        await using var world = await LimitsWorld.StartAsync(s_governance, redis: true);
        Assert.Equal(30, await world.AnsweredAsync(Ann, 40));
        var before = await world.Redis!.DataCommandsAsync();
        Assert.Equal(0, await world.AnsweredAsync(Ann, 50));
        Assert.InRange(await world.Redis.DataCommandsAsync() - before, 0, 25);
    }

    [Fact]
    public async Task Loss_of_redis_neither_stops_nor_frees_anybody()
    {
        await using var world = await LimitsWorld.StartAsync(s_governance, gateways: 2, redis: true);
        Assert.Equal(20, await world.AnsweredAsync(Ann, 20));
        await world.Redis!.KillAsync();

        // Each goes on from what it has seen of all: at least its own ten, at most all twenty.
        var alone = 0;
        for (var call = 0; call < 100; call++)
        {
            alone += await world.StatusAsync(Ann) == HttpStatusCode.OK ? 1 : 0;
        }

        Assert.InRange(alone, 10, 20);
        await world.Redis.RestartAsync();

        // It has lost its data, and learns them again.
        Assert.Equal(HttpStatusCode.TooManyRequests, await world.StatusAsync(Ann));
        await Until.TrueAsync(async () => await world.StatusAsync(Ann, 1) == HttpStatusCode.TooManyRequests, "the limit is never reached again");
    }

    [Fact]
    public async Task Calls_side_by_side_count_over_all_instances()
    {
        await using var world = await LimitsWorld.StartAsync(
            $"\"virtual_keys\": [ {Key("ann", Ann, ", \"limits\": { \"max_concurrent_calls\": 1 }")} ]", gateways: 2, redis: true);
        await using var held = new Held(world.Upstream);
        var first = world.ListAsync(Ann, 0, "lab");
        await held.UntilAsync(1);
        await ErrorAsync(world.ListAsync(Ann, 1), 429, "rate_limited");
        held.Release();
        Assert.Equal(HttpStatusCode.OK, (await first).StatusCode);
        await Until.TrueAsync(async () => await world.StatusAsync(Ann, 1) == HttpStatusCode.OK, "the place is not given back");
        await Until.TrueAsync(
            async () => await world.Redis!.CommandAsync("ZCARD gateway:limit:{key:ann}:calls:key:ann") == ":0", "a call that has ended still counts");
    }

    [Fact]
    public async Task Window_in_redis_ends_and_the_next_one_begins()
    {
        await using var world = await LimitsWorld.StartAsync(
            $"{Rates}, \"virtual_keys\": [ {Key("ann", Ann, ", \"rate_limit_id\": \"brief\"")} ]", gateways: 2, redis: true);
        Assert.Equal(1, await world.AnsweredAsync(Ann, 2));
        await Until.TrueAsync(async () => await world.StatusAsync(Ann, 1) == HttpStatusCode.OK, "the window never ends");
    }
}
