using Gateway.Fakes;
using Gateway.Settings;
using Xunit;
using static Gateway.Scenarios.Cache.CacheWorld;

namespace Gateway.Scenarios.Cache;

/// <summary>Redis is away, slow or empty: lists are answered all the same, and never wrongly.</summary>
public sealed class CacheWithoutRedisTests
{
    [Theory]
    [InlineData("killed")]
    [InlineData("paused")]
    [InlineData("flushed")]
    public async Task Every_list_during_an_outage_of_redis_is_answered_with_every_write_in_it_and_the_cache_comes_back(string outage)
    {
        await using var world = await StartAsync(gateways: 2, redis: true, change: WithAShortLimit);
        await world.CreateAsync();
        for (var gateway = 0; gateway < 2; gateway++)
        {
            await world.HitAsync(gateway);
        }

        await (outage switch
        {
            "killed" => world.Redis!.KillAsync(),
            "paused" => world.Redis!.PauseAsync(),
            _ => world.Redis!.FlushAllAsync(),
        });
        for (var i = 0; i < 20; i++)
        {
            var created = await world.CreateAsync(i % 2);
            Assert.Contains(created, Ids(await world.ListAsync(0)));
            Assert.Contains(created, Ids(await world.ListAsync(1)));
        }

        await (outage switch
        {
            "killed" => world.Redis!.RestartAsync(),
            "paused" => world.Redis!.ResumeAsync(),
            _ => Task.CompletedTask,
        });
        await Until.TrueAsync(async () => IsHit(await world.ListAsync(0)) && IsHit(await world.ListAsync(1)), "The cache did not come back.");
        var last = await world.CreateAsync();
        Assert.Contains(last, Ids(await world.ListAsync(0)));
        Assert.Contains(last, Ids(await world.ListAsync(1)));
    }

    /// <summary>Each write of a freeze waits for it.</summary>
    private static GatewaySettings WithAShortLimit(GatewaySettings settings) =>
        settings with { Cache = settings.Cache with { RedisTimeout = TimeSpan.FromSeconds(1) } };

    /// <summary>The first calls of an outage find it out; all others do not even try.</summary>
    [Fact]
    public async Task A_frozen_redis_holds_up_no_more_than_the_calls_of_its_first_moment()
    {
        await using var world = await StartAsync(redis: true);
        using var sums = new InstrumentSums(world.Gateways[0]);
        await world.CreateAsync();
        await world.HitAsync();
        var before = await world.Redis!.DataCommandsAsync();
        var missed = sums.Of("gateway.cache.requests", "error");
        await world.Redis.PauseAsync();
        for (var i = 0; i < 100; i++)
        {
            Assert.Null(Debug(await world.ListAsync())!["cache_id"]);
        }

        Assert.Equal(missed + 100, sums.Of("gateway.cache.requests", "error"));

        // What was asked during the freeze is answered after it.
        await world.Redis.ResumeAsync();
        await Until.TrueAsync(async () => await world.Redis.DataCommandsAsync() > before, "Redis was never asked.");
        Assert.InRange(await world.Redis.DataCommandsAsync() - before, 1, 20);
    }
}
