using System.Text.Json.Nodes;
using Gateway.Fakes;
using Xunit;
using static Gateway.Scenarios.Accounts.AccountsWorld;

namespace Gateway.Scenarios.Accounts;

/// <summary>A list over several accounts is one list: exact in order and paging, honest about what is missing.</summary>
public sealed class MergedListTests
{
    /// <summary>
    /// Pages with random limits while containers come and go, through the gateway and behind its back, half way even over a restart.
    /// </summary>
    [Theory]
    [InlineData(1, "desc", UnknownAfter.BeginAgain, 1)]
    [InlineData(2, "asc", UnknownAfter.Refuse, 1)]
    [InlineData(3, "desc", UnknownAfter.ShowNothing, 4)]
    [InlineData(4, "asc", UnknownAfter.BeginAgain, 7)]
    [InlineData(5, "desc", UnknownAfter.Refuse, 50)]
    [InlineData(6, "asc", UnknownAfter.ShowNothing, 3)]
    public async Task Every_stable_container_is_listed_once_in_order(int seed, string order, UnknownAfter unknown, int perSecond)
    {
        var random = new Random(seed);
        var data = Directory.CreateTempSubdirectory("gateway-lists-").FullName;
        await using var upstream = await FakeOpenAI.StartAsync(Keys);
        upstream.UnknownAfter = unknown;
        upstream.CreatedAt = number => 1_770_000_000 + (number / perSecond);

        // Ids in an order that has nothing to do with age.
        upstream.IdOf = number => $"{(uint)(number * 2_654_435_761):x8}{number}";
        var stable = Enumerable.Range(0, 120).Select(_ => upstream.Create(Keys[random.Next(3)])).ToList();
        var passing = Enumerable.Range(0, 60).Select(_ => { var key = Keys[random.Next(3)]; return (key, id: upstream.Create(key)); }).ToList();
        stable.AddRange(Enumerable.Range(0, 60).Select(_ => upstream.Create(Keys[random.Next(3)])));
        var gateway = await StartAsync();
        try
        {
            var seen = new List<(long CreatedAt, string Id)>();
            string? after = null;
            for (var page = 0; ; page++)
            {
                if (page == 4)
                {
                    await gateway.DisposeAsync();
                    gateway = await StartAsync();
                }

                var limit = random.Next(1, 25);
                var list = await OkAsync(
                    gateway.Client.GetAsync($"/v1/containers?limit={limit}&order={order}" + (after is null ? "" : $"&after={after}")));
                var items = list["data"]!.AsArray().Select(item => (item!["created_at"]!.GetValue<long>(), item["id"]!.GetValue<string>())).ToList();
                seen.AddRange(items);
                var hasMore = list["has_more"]!.GetValue<bool>();
                Assert.True(items.Count == limit || (!hasMore && items.Count < limit));
                if (!hasMore)
                {
                    break;
                }

                after = list["last_id"]!.GetValue<string>();
                await DisturbAsync(items, after);
            }

            var places = order == "asc" ? seen.OrderBy(item => item.CreatedAt).ThenBy(item => item.Id, StringComparer.Ordinal)
                : seen.OrderByDescending(item => item.CreatedAt).ThenByDescending(item => item.Id, StringComparer.Ordinal);
            Assert.Equal(places, seen);
            Assert.Equal(seen.Count, seen.Distinct().Count());
            Assert.Empty(stable.Except(seen.Select(item => item.Id)));
        }
        finally
        {
            await gateway.DisposeAsync();
            Directory.Delete(data, recursive: true);
        }

        Task<RunningGateway> StartAsync() =>
            RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(upstream.Url, keys: Keys)), dataDirectory: data);

        async Task DisturbAsync(List<(long CreatedAt, string Id)> page, string last)
        {
            await OkAsync(gateway.Client.PostAsync("/v1/containers", Json("""{"name":"new"}""")));
            upstream.Create(Keys[random.Next(3)]);

            // Above all what the next page would continue behind.
            var victims = passing.Where(each => each.id == last || page.Exists(item => item.Id == each.id) || random.Next(20) == 0).ToList();
            foreach (var victim in victims)
            {
                passing.Remove(victim);
                if (random.Next(2) == 0)
                {
                    upstream.Delete(victim.key, victim.id);
                }
                else
                {
                    await OkAsync(gateway.Client.DeleteAsync($"/v1/containers/{victim.id}"));
                }
            }
        }
    }

    [Fact]
    public async Task No_more_pages_are_fetched_than_needed()
    {
        await using var world = await StartAsync();
        for (var i = 0; i < 300; i++)
        {
            world.Upstream.Create(Keys[i % 3]);
        }

        string? after = null;
        do
        {
            world.Upstream.Requests.Clear();
            var page = await OkAsync(world.Http.GetAsync("/v1/containers?limit=20" + (after is null ? "" : $"&after={after}")));
            Assert.Equal([1, 1, 1], world.Upstream.RequestsByKey.Values);
            after = page["has_more"]!.GetValue<bool>() ? page["last_id"]!.GetValue<string>() : null;
        }
        while (after is not null);
    }

    [Fact]
    public async Task An_account_with_everything_is_read_page_by_page_and_has_more_costs_nothing()
    {
        await using var world = await StartAsync();
        for (var i = 0; i < 250; i++)
        {
            world.Upstream.Create("sk-a");
        }

        var page = await OkAsync(world.Http.GetAsync("/v1/containers?limit=99"));
        Assert.True(page["has_more"]!.GetValue<bool>());
        Assert.Equal(1, world.Upstream.RequestsByKey["sk-a"]);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("openai,azure,local")]
    [InlineData("local, azure")]
    public async Task Several_providers_make_one_list(string providers)
    {
        await using var openai = await FakeOpenAI.StartAsync("sk-a", "sk-b");
        await using var azure = await FakeOpenAI.StartAzureAsync();
        openai.IdOf = static order => $"openai{order}";
        azure.IdOf = static order => $"azure{order}";
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(
            TestSettings.OpenAI(openai.Url, keys: ["sk-a", "sk-b"]), TestSettings.Keyed("azure", azure.Url, "azure-key"), TestSettings.Local()));
        var ids = new List<string>();
        foreach (var provider in new[] { "openai", "azure", "local" })
        {
            for (var i = 0; i < 7; i++)
            {
                var created = await OkAsync(
                    gateway.Client.PostAsync("/v1/containers", Json($$"""{"name":"n{{i % 2}}","provider":"{{provider}}"}""")));
                if (providers == "*" || providers.Contains(provider, StringComparison.Ordinal))
                {
                    ids.Add(created["id"]!.GetValue<string>());
                }
            }
        }

        Assert.Equal(ids.Order(), (await WalkAsync(gateway, $"provider={providers}&limit=4")).Order());
        Assert.Equal(ids.Count * 3 / 7, (await WalkAsync(gateway, $"provider={providers}&limit=4&name=n1&order=asc")).Count);
    }

    [Fact]
    public async Task Two_keys_of_one_account_show_its_containers_once()
    {
        await using var world = await StartAsync();
        world.Upstream.AddKey("sk-b", sameAs: "sk-a");
        world.Upstream.AddKey("sk-c", sameAs: "sk-a");
        var ids = Enumerable.Range(0, 12).Select(_ => world.Upstream.Create("sk-a")).Reverse().ToList();
        foreach (var limit in new[] { 1, 4, 5, 12, 100 })
        {
            Assert.Equal(ids, await WalkAsync(world.Gateway, $"limit={limit}"));
        }
    }

    [Fact]
    public async Task A_missing_account_is_named_or_made_an_error()
    {
        await using var world = await StartAsync();
        foreach (var key in Keys)
        {
            world.Upstream.Create(key);
        }

        world.Refuse(500, "sk-b");
        var list = await OkAsync(world.Http.GetAsync("/v1/containers"));
        Assert.Equal(2, list["data"]!.AsArray().Count);
        var missing = Assert.Single(list["extra_fields"]!["partial"]!.AsArray())!;
        Assert.Equal(("openai", "key-2"), (missing["provider"]!.GetValue<string>(), missing["key"]!.GetValue<string>()));
        await ErrorAsync(world.SendAsync(HttpMethod.Get, "/v1/containers", null, ("x-bf-strict", "true")), 502);
        world.Refuse(500, Keys);
        await ErrorAsync(world.Http.GetAsync("/v1/containers"), 502);
    }

    [Fact]
    public async Task Config_can_make_every_list_strict()
    {
        await using var upstream = await FakeOpenAI.StartAsync("sk-a");
        var settings = TestSettings.Of(TestSettings.OpenAI(upstream.Url, keys: ["sk-a", "sk-unknown"]));
        await using var gateway = await RunningGateway.StartAsync(settings with { Client = settings.Client with { StrictLists = true } });
        await ErrorAsync(gateway.Client.GetAsync("/v1/containers"), 502, "upstream_credentials_exhausted");
        using var lenient = new HttpRequestMessage(HttpMethod.Get, "/v1/containers") { Headers = { { "x-bf-strict", "false" } } };
        await OkAsync(gateway.Client.SendAsync(lenient));
    }

    [Fact]
    public async Task A_place_nobody_can_tell_is_not_called_unknown()
    {
        var time = new ManualTime();
        await using var world = await StartAsync(time: time);
        world.Refuse(429, "sk-c");
        await ErrorAsync(world.Http.GetAsync("/v1/containers?after=cntr_gone"), 429);
        world.Upstream.Intercept = null;
        time.Advance(TimeSpan.FromSeconds(3));
        await ErrorAsync(world.Http.GetAsync("/v1/containers?after=cntr_gone"), 400, "invalid_value");
    }

    [Fact]
    public async Task At_most_sixteen_accounts_are_read_at_once()
    {
        var keys = Enumerable.Range(0, 40).Select(i => $"sk-{i}").ToArray();
        await using var world = await StartAsync(keys: keys);
        var (now, most) = (0, 0);
        world.Upstream.Intercept = async _ =>
        {
            var count = Interlocked.Increment(ref now);
            InterlockedMax(ref most, count);
            await Task.Delay(20);
            Interlocked.Decrement(ref now);
            return false;
        };
        await OkAsync(world.Http.GetAsync("/v1/containers"));
        Assert.InRange(most, 2, 16);

        static void InterlockedMax(ref int target, int value)
        {
            int seen;
            while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen)
            {
            }
        }
    }

    private static async Task<List<string>> WalkAsync(RunningGateway gateway, string query)
    {
        var ids = new List<string>();
        JsonObject page;
        do
        {
            page = await OkAsync(gateway.Client.GetAsync($"/v1/containers?{query}" + (ids.Count == 0 ? "" : $"&after={ids[^1]}")));
            ids.AddRange(Ids(page));
        }
        while (page["has_more"]!.GetValue<bool>());
        return ids;
    }
}
