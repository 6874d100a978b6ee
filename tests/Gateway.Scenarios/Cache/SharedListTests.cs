using System.Collections.Frozen;
using System.Net;
using Gateway.Fakes;
using Gateway.Settings;
using Microsoft.AspNetCore.Http;
using Xunit;
using static Gateway.Scenarios.Cache.CacheWorld;

namespace Gateway.Scenarios.Cache;

/// <summary>Equal questions share an entry, different ones never do.</summary>
public sealed class SharedListTests
{
    /// <summary>A question, another way to ask it or another question, its headers, and whether the first one's answer may be given.</summary>
    public static TheoryData<string, string, string?, bool> Pairs => new()
    {
        { "/v1/containers", "/v1/containers?limit=20", null, true },
        { "/v1/containers", "/v1/containers?order=desc&limit=20", null, true },
        { "/v1/containers", "/v1/containers?provider=openai", null, true },
        { "/v1/containers", "/openai/v1/containers", null, true },
        { "/v1/containers", "/openai/containers", null, true },
        { "/v1/containers?name=a%20b", "/v1/containers?name=a+b", null, true },
        { "/v1/containers?name=ab", "/v1/containers?%6Eame=%61b", null, true },
        { "/v1/containers?x=1&y=2", "/v1/containers?y=2&x=1", null, true },
        { "/v1/containers", "/v1/containers", "Authorization: Bearer somebody-else", true },
        { "/v1/containers", "/v1/containers", "Cookie: a=b", true },
        { "/v1/containers", "/v1/containers", "x-request-id: abc", true },
        { "/v1/containers", "/v1/containers", "x-bf-strict: true", true },
        { "/v1/containers", "/v1/containers", "x-bf-cache-ttl: 30", true },
        { "/v1/containers", "/v1/containers", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", true },
        { "/v1/containers", "/v1/containers?limit=21", null, false },
        { "/v1/containers", "/v1/containers?order=asc", null, false },
        { "/v1/containers", "/v1/containers?name=c", null, false },
        { "/v1/containers?name=c", "/v1/containers?name=C", null, false },
        { "/v1/containers?name=c", "/v1/containers?after=cntr_c", null, false },
        { "/v1/containers?name=", "/v1/containers", null, false },
        { "/v1/containers?x=1&x=2", "/v1/containers?x=2&x=1", null, false },
        { "/v1/containers?x=1", "/v1/containers?X=1", null, false },
        { "/v1/containers?x=1&y=", "/v1/containers?x=&y=1", null, false },
        { "/v1/containers?x=1%26y=2", "/v1/containers?x=1&y=2", null, false },
        { "/v1/containers", "/v1/containers?provider=other", null, false },
        { "/v1/containers", "/v1/containers?provider=openai,other", null, false },
        { "/v1/containers", "/v1/containers", "x-bf-eh-OpenAI-Project: p", false },
        { "/v1/containers", "/v1/containers", "x-bf-api-key: key-1", false },
        { "/v1/containers?provider=openai,other", "/v1/containers?provider=other,openai", null, true },
        { "/v1/containers?provider=openai,other", "/v1/containers?provider=*", null, true },
        { "/v1/containers/cntr_1/files", "/v1/containers/cntr_2/files", null, false },
        { "/v1/containers/cntr_1/files", "/v1/containers/cntr_1/files?provider=other", null, false },
        { "/v1/containers/cntr_1/files", "/v1/containers/cntr_1/files?limit=1", null, false },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Equal_list_calls_get_the_same_answer_and_different_ones_their_own(string first, string second, string? header, bool isSame)
    {
        await using var other = await FakeOpenAI.StartAsync("sk-other");
        await using var world = await StartAsync(change: settings => Add(settings, TestSettings.OpenAI(other.Url, "other", keys: "sk-other")));
        world.Upstream.IdOf = order => $"{order}";
        other.IdOf = order => $"{order}";
        foreach (var upstream in new[] { (world.Upstream, "sk-a"), (other, "sk-other") })
        {
            upstream.Item1.Create(upstream.Item2);
            upstream.Item1.Create(upstream.Item2);
        }

        await world.ListAsync(0, first);
        Assert.True(IsHit(await world.ListAsync(0, first)));
        (string, string)[] headers = header is null ? [] : [(header.Split(": ")[0], header.Split(": ")[1])];
        Assert.Equal(isSame, IsHit(await world.ListAsync(0, second, headers)));
        Assert.True(IsHit(await world.ListAsync(0, first)));
    }

    [Fact]
    public async Task Headers_that_the_operator_lets_through_are_part_of_the_cache_key()
    {
        await using var world = await StartAsync(
            change: settings => settings with { Client = settings.Client with { HeaderAllowList = ["x-team"] } });
        await world.ListAsync(0, "/v1/containers", ("X-Team", "red"));
        Assert.True(IsHit(await world.ListAsync(0, "/v1/containers", ("x-team", "red"))));
        Assert.False(IsHit(await world.ListAsync(0, "/v1/containers", ("x-team", "blue"))));
        Assert.False(IsHit(await world.ListAsync()));
    }

    [Fact]
    public async Task Another_configuration_asks_for_lists_anew()
    {
        await using var world = await StartAsync(gateways: 1, redis: true);
        await world.ListAsync();
        var settings = world.Gateways[0].Services.GetService(typeof(SettingsSource)) as SettingsSource;
        await using var changed = await RunningGateway.StartAsync(settings!.Current with { Revision = "another" });
        using var response = await changed.Client.GetAsync("/v1/containers", Token);
        Assert.Contains("\"cache_hit\":false", await response.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    /// <summary>500 clients ask the same at the same moment.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Equal_list_calls_at_the_same_time_are_asked_upstream_once_per_process(int gateways)
    {
        await using var world = await StartAsync(gateways, redis: gateways > 1);
        await world.CreateAsync();
        var sums = world.Gateways.Select(gateway => new InstrumentSums(gateway)).ToList();
        var asked = 0;
        var all = new TaskCompletionSource();
        world.Upstream.Intercept = async http =>
        {
            Interlocked.Increment(ref asked);
            await all.Task;
            return false;
        };
        var calls = Enumerable.Range(0, 500).Select(i => world.ListAsync(i % gateways)).ToList();
        await AllInAsync(sums, 500 / gateways);

        // Before an answer is in Redis: a gateway that comes later need not ask.
        await Until.TrueAsync(() => Volatile.Read(ref asked) >= gateways, "Not every gateway has asked.");
        all.SetResult();
        var lists = await Task.WhenAll(calls);

        // On a busy machine Redis may be given up for a moment; who does that asks for itself.
        var alone = (int)sums.Sum(sum => sum.Of("gateway.cache.requests", "error"));
        Assert.InRange(world.ListsAsked, gateways, gateways + alone);
        Assert.Equal(world.ListsAsked, lists.Count(list => !IsHit(list)));
        sums.ForEach(sum => sum.Dispose());
    }

    [Fact]
    public async Task Client_that_leaves_does_not_take_the_list_from_those_who_share_it()
    {
        await using var world = await StartAsync();
        await world.CreateAsync();
        using var sums = new InstrumentSums(world.Gateways[0]);
        var arrived = new TaskCompletionSource();
        var all = new TaskCompletionSource();
        world.Upstream.Intercept = async http =>
        {
            arrived.TrySetResult();
            await all.Task;
            return false;
        };
        using var impatient = new CancellationTokenSource();
        var first = world.Http.GetAsync("/v1/containers", impatient.Token);
        await arrived.Task;
        var others = Enumerable.Range(0, 9).Select(_ => world.ListAsync()).ToList();
        await AllInAsync([sums], 10);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        all.SetResult();
        Assert.All(await Task.WhenAll(others), list => Assert.Single(Ids(list)));

        // They may have been on their way to the shared load only, and then share the next.
        Assert.InRange(world.ListsAsked, 1, 2);
    }

    [Fact]
    public async Task Error_of_a_list_is_shared_by_those_who_wait_and_kept_for_nobody()
    {
        await using var world = await StartAsync();
        world.Upstream.Intercept = async http =>
        {
            world.Upstream.Requests.Enqueue(Received.Of(http, []));
            http.Response.StatusCode = 404;
            await http.Response.WriteAsync("""{"error":{"message":"gone","type":"invalid_request_error","param":null,"code":null}}""");
            return true;
        };
        using (var failed = await world.SendAsync(0, "/v1/containers"))
        {
            Assert.Equal(HttpStatusCode.NotFound, failed.StatusCode);
        }

        world.Upstream.Intercept = null;
        Assert.False(IsHit(await world.ListAsync()));
        Assert.True(IsHit(await world.ListAsync()));
    }

    [Fact]
    public async Task A_list_with_a_part_missing_is_kept_for_nobody()
    {
        await using var world = await StartAsync(keys: ["sk-a", "sk-b"]);
        world.Upstream.Create("sk-a");
        world.Upstream.Create("sk-b");
        var fails = true;
        world.Upstream.Intercept = async http =>
        {
            if (!fails || FakeOpenAI.KeyOf(http) != "sk-b")
            {
                return false;
            }

            http.Response.StatusCode = 500;
            await http.Response.WriteAsync("broken");
            return true;
        };
        var partial = await world.ListAsync();
        Assert.Single(Ids(partial));
        Assert.NotNull(partial["extra_fields"]!["partial"]);
        using (var strict = await world.SendAsync(0, "/v1/containers", ("x-bf-strict", "true")))
        {
            Assert.Equal(HttpStatusCode.BadGateway, strict.StatusCode);
        }

        fails = false;
        var whole = await world.ListAsync();
        Assert.Equal(2, Ids(whole).Length);
        Assert.Null(whole["extra_fields"]!["partial"]);
        Assert.True(IsHit(await world.ListAsync()));
    }

    private static GatewaySettings Add(GatewaySettings settings, ProviderSettings provider) => settings with
    {
        Providers = settings.Providers.Values.Append(provider).ToFrozenDictionary(each => each.Name),
    };

    /// <summary>Until so many operations are in progress in each of the gateways.</summary>
    private static Task AllInAsync(IEnumerable<InstrumentSums> sums, int each) => Until.TrueAsync(
        () => sums.All(sum => sum.Of("gateway.operation.active") >= each), "They did not all arrive.");
}
