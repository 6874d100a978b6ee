using System.Net;
using Gateway.Settings;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static Gateway.Scenarios.Cache.CacheWorld;

namespace Gateway.Scenarios.Cache;

public sealed class CacheDirectivesTests
{
    [Fact]
    public async Task No_cache_directive_asks_the_provider_and_keeps_the_answer_for_the_others()
    {
        await using var world = await StartAsync();
        await world.ListAsync();
        var created = world.Upstream.Create("sk-a");
        Assert.Empty(Ids(await world.ListAsync()));
        var fresh = await world.ListAsync(0, "/v1/containers", ("Cache-Control", "no-cache"));
        Assert.False(IsHit(fresh));
        Assert.Equal([created], Ids(fresh));
        var after = await world.ListAsync();
        Assert.True(IsHit(after));
        Assert.Equal([created], Ids(after));
    }

    [Theory]
    [InlineData("Cache-Control", "no-store")]
    [InlineData("x-bf-cache-no-store", "true")]
    [InlineData("x-bf-cache-ttl", "0")]
    public async Task A_call_that_wants_nothing_kept_gets_nothing_kept(string name, string value)
    {
        await using var world = await StartAsync();
        Assert.False(IsHit(await world.ListAsync(0, "/v1/containers", (name, value))));
        Assert.False(IsHit(await world.ListAsync()));
        Assert.True(IsHit(await world.ListAsync()));
        Assert.False(IsHit(await world.ListAsync(0, "/v1/containers", (name, value))));
        Assert.Equal(3, world.ListsAsked);
    }

    [Fact]
    public async Task A_call_says_how_old_an_answer_may_be_and_how_long_it_is_kept()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await StartAsync(time: time);
        await world.ListAsync(0, "/v1/containers", ("x-bf-cache-ttl", "1m"));
        time.Advance(TimeSpan.FromSeconds(14));
        var kept = await world.ListAsync();
        Assert.True(IsHit(kept));
        Assert.Equal((14_000, 15_000), (Debug(kept)!["age_ms"]!.GetValue<long>(), Debug(kept)!["ttl_ms"]!.GetValue<long>()));
        Assert.False(IsHit(await world.ListAsync(0, "/v1/containers", ("x-bf-cache-ttl", "10"))));
        time.Advance(TimeSpan.FromSeconds(16));
        Assert.True(IsHit(await world.ListAsync(0, "/v1/containers", ("x-bf-cache-ttl", "20s"))));
        Assert.False(IsHit(await world.ListAsync(0, "/v1/containers", ("x-bf-cache-ttl", "1m"), ("Cache-Control", "max-age=3"))));
        Assert.True(IsHit(await world.ListAsync()));
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.False(IsHit(await world.ListAsync()));
    }

    [Fact]
    public async Task Provider_can_have_a_cache_time_of_its_own_or_none()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await StartAsync(time: time, change: settings => With(settings, TimeSpan.FromSeconds(60)));
        await world.ListAsync();
        time.Advance(TimeSpan.FromSeconds(40));
        Assert.True(IsHit(await world.ListAsync()));
        time.Advance(TimeSpan.FromSeconds(40));
        Assert.False(IsHit(await world.ListAsync()));

        await using var uncached = await StartAsync(change: settings => With(settings, TimeSpan.Zero));
        await uncached.ListAsync();
        Assert.Null(Debug(await uncached.ListAsync()));
        Assert.Equal(2, uncached.ListsAsked);
    }

    [Fact]
    public async Task Client_that_has_the_list_already_is_told_so()
    {
        await using var world = await StartAsync(time: new FakeTimeProvider(DateTimeOffset.UtcNow));
        await world.CreateAsync();
        using var first = await world.SendAsync(0, "/v1/containers");
        var tag = first.Headers.ETag!.ToString();
        Assert.StartsWith("W/", tag, StringComparison.Ordinal);
        foreach (var header in new[] { tag, tag[2..], $"\"x\", {tag}", "*" })
        {
            using var same = await world.SendAsync(0, "/v1/containers", ("If-None-Match", header));
            Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
            Assert.Empty(await same.Content.ReadAsByteArrayAsync(Token));
            Assert.Equal(tag, same.Headers.ETag!.ToString());
            Assert.NotNull(same.Headers.Age);
        }

        await world.CreateAsync();
        using var changed = await world.SendAsync(0, "/v1/containers", ("If-None-Match", tag));
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.NotEqual(tag, changed.Headers.ETag!.ToString());
        using var again = await world.SendAsync(0, "/v1/containers", ("If-None-Match", "\"nonsense"));
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal(TimeSpan.Zero, again.Headers.Age);
    }

    [Fact]
    public async Task List_says_whether_it_comes_from_the_cache()
    {
        await using var world = await StartAsync();
        var miss = await world.ListAsync();
        using var response = await world.SendAsync(0, "/v1/containers");
        var hit = System.Text.Json.Nodes.JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!.AsObject();
        Assert.Equal(Debug(miss)!["cache_id"]!.GetValue<string>(), Debug(hit)!["cache_id"]!.GetValue<string>());
        Assert.Equal("key-1", miss["extra_fields"]!["routing_info"]!["key"]!.GetValue<string>());
        Assert.Null(hit["extra_fields"]!["routing_info"]!["key"]);
        Assert.False(response.Headers.Contains("x-ratelimit-remaining-requests"));
        Assert.Equal("openai", hit["extra_fields"]!["provider"]!.GetValue<string>());
        hit.Remove("extra_fields");
        miss.Remove("extra_fields");
        Assert.Equal(miss.ToJsonString(), hit.ToJsonString());
    }

    private static GatewaySettings With(GatewaySettings settings, TimeSpan ttl) => settings with
    {
        Providers = System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary(
            settings.Providers.Values.Select(provider => provider with { CacheTtl = ttl }), provider => provider.Name),
    };
}
