using System.Net;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;
using static Gateway.Scenarios.Cache.CacheWorld;

namespace Gateway.Scenarios.Cache;

/// <summary>What changes without a write: containers expire, providers fail, parts are asked in many ways.</summary>
public sealed class CacheExpiryAndFailureTests
{
    [Fact]
    public async Task A_container_that_expires_by_itself_is_not_shown_as_running_by_the_cache()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        var settings = TestSettings.Of(TestSettings.Local());
        await using var gateway = await RunningGateway.StartAsync(
            settings with { Cache = settings.Cache with { Enabled = true, Ttl = TimeSpan.FromHours(1) } }, time: time);
        using (var created = await gateway.Client.PostAsync(
            "/v1/containers", Json("""{"name":"a","expires_after":{"anchor":"last_active_at","minutes":1}}"""), Token))
        {
            Assert.Equal(HttpStatusCode.OK, created.StatusCode);
        }

        Assert.Equal("running", await StatusAsync());
        time.Advance(TimeSpan.FromSeconds(50));
        var list = await ListAsync();
        Assert.True(IsHit(list));
        time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("expired", await StatusAsync());

        async Task<JsonObject> ListAsync() => JsonNode.Parse(await gateway.Client.GetStringAsync("/v1/containers", Token))!.AsObject();

        async Task<string> StatusAsync() => (await ListAsync())["data"]![0]!["status"]!.GetValue<string>();
    }

    /// <summary>Code in a container makes files without telling the gateway.</summary>
    [Fact]
    public async Task A_file_made_upstream_is_in_the_list_after_two_seconds_and_containers_are_kept_for_longer()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await StartAsync(
            time: time,
            change: settings =>
                settings with { Cache = settings.Cache with { FileListTtl = TestSettings.Defaults.Cache.FileListTtl } });
        var files = $"/v1/containers/{await world.CreateAsync()}/files";
        await world.ListAsync();
        await world.ListAsync(0, files);
        time.Advance(TimeSpan.FromSeconds(1.9));
        await world.HitAsync(0, files);
        time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.False(IsHit(await world.ListAsync(0, files)));
        await world.HitAsync();
    }

    [Fact]
    public async Task Last_good_list_stands_in_for_a_failing_provider_where_the_operator_wants_it()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var world = await StartAsync(
            time: time, change: settings => settings with { Cache = settings.Cache with { StaleIfError = TimeSpan.FromMinutes(1) } });
        var container = await world.CreateAsync();
        await world.ListAsync();
        time.Advance(TimeSpan.FromSeconds(20));
        Fail(world, 503);
        using (var stale = await world.SendAsync(0, "/v1/containers"))
        {
            var list = JsonNode.Parse(await stale.Content.ReadAsStringAsync(Token))!.AsObject();
            Assert.Equal([container], Ids(list));
            Assert.True(IsHit(list));
            Assert.True(Debug(list)!["stale"]!.GetValue<bool>());
            Assert.Equal(20_000, Debug(list)!["age_ms"]!.GetValue<long>());
            Assert.Equal(TimeSpan.FromSeconds(20), stale.Headers.Age);
            Assert.Equal(111, Assert.Single(stale.Headers.Warning).Code);
        }

        // Not to other questions, not to who is refused or finds nothing, and not forever.
        using (var other = await world.SendAsync(0, "/v1/containers?limit=1"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, other.StatusCode);
        }

        Fail(world, 404);
        using (var missing = await world.SendAsync(0, "/v1/containers"))
        {
            Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        }

        Fail(world, 503);
        time.Advance(TimeSpan.FromSeconds(60));
        using (var over = await world.SendAsync(0, "/v1/containers"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, over.StatusCode);
        }
    }

    [Fact]
    public async Task Failure_of_a_list_is_told_by_default_though_a_good_one_is_known()
    {
        await using var world = await StartAsync();
        await world.ListAsync();
        Fail(world, 503);
        using var failed = await world.SendAsync(0, "/v1/containers", ("Cache-Control", "no-cache"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.StatusCode);
    }

    [Fact]
    public async Task Merged_lists_are_cached_whole_and_by_page()
    {
        await using var world = await StartAsync(keys: ["sk-a", "sk-b"]);
        for (var i = 0; i < 5; i++)
        {
            await world.CreateAsync();
        }

        var first = await world.ListAsync(0, "/v1/containers?limit=2");
        var asked = world.ListsAsked;
        Assert.True(IsHit(await world.ListAsync(0, "/v1/containers?limit=2")));
        var path = $"/v1/containers?limit=2&after={Ids(first)[^1]}";
        var second = await world.ListAsync(0, path);
        Assert.True(IsHit(await world.ListAsync(0, path)));
        Assert.Empty(Ids(first).Intersect(Ids(second)));
        Assert.True(world.ListsAsked > asked);

        asked = world.ListsAsked;
        await world.DeleteAsync($"/v1/containers/{Ids(second)[0]}");
        Assert.DoesNotContain(Ids(second)[0], Ids(await world.ListAsync(0, path)));
        Assert.True(world.ListsAsked > asked);
    }

    /// <summary>What the metric says is what the upstream saw.</summary>
    [Fact]
    public async Task Misses_and_bypasses_are_the_lists_the_provider_was_asked_for()
    {
        await using var world = await StartAsync();
        using var sums = new InstrumentSums(world.Gateways[0]);
        await world.CreateAsync();
        var random = new Random(3);
        for (var i = 0; i < 100; i++)
        {
            (string, string)[] headers = random.Next(5) switch
            {
                0 => [("Cache-Control", "no-cache")],
                1 => [("Cache-Control", "no-store")],
                _ => [],
            };
            await world.ListAsync(0, $"/v1/containers?limit={random.Next(1, 4)}", headers);
            if (random.Next(10) == 0)
            {
                await world.CreateAsync();
            }
        }

        Assert.Equal(100, sums.Of("gateway.cache.requests"));
        Assert.Equal(world.ListsAsked, sums.Of("gateway.cache.requests", "miss") + sums.Of("gateway.cache.requests", "bypass"));
        Assert.True(sums.Of("gateway.cache.requests", "hit") > 10);
        Assert.Equal(0, sums.Of("gateway.cache.requests", "error"));
    }

    private static void Fail(CacheWorld world, int status) => world.Upstream.Intercept = async http =>
    {
        http.Response.StatusCode = status;
        await http.Response.WriteAsync("""{"error":{"message":"no","type":"t","param":null,"code":null}}""");
        return true;
    };
}
