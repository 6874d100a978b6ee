using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Gateway.Accounts;
using Gateway.Fakes;
using Gateway.Pipeline;
using Gateway.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Gateway.Scenarios.Accounts.AccountsWorld;

namespace Gateway.Scenarios.Accounts;

/// <summary>An account that fails takes no new work while another can; what only it can answer is asked of it all the same.</summary>
public sealed class HealthTests
{
    private const string Evil = "evil";

    [Fact]
    public async Task An_account_that_is_out_is_not_asked_until_its_time_has_come()
    {
        var time = new ManualTime();
        await using var world = await StartAsync(change: Weights(1_000_000, 1, 0), time: time);
        world.Refuse(429, "sk-a");
        await world.CreateAsync();
        Assert.Equal(1, world.Upstream.RequestsByKey["sk-a"]);
        Assert.Equal(AttemptOutcome.Throttled, OutageOf(world, 0)?.Reason);
        for (var i = 0; i < 10; i++)
        {
            await world.CreateAsync();
        }

        Assert.Equal(1, world.Upstream.RequestsByKey["sk-a"]);
        world.Upstream.Intercept = null;
        time.Advance(TimeSpan.FromSeconds(4));
        await world.CreateAsync();
        Assert.Equal(2, world.Upstream.RequestsByKey["sk-a"]);
        Assert.Null(OutageOf(world, 0));
    }

    [Fact]
    public async Task Failures_in_a_row_take_an_account_out_of_creates_but_not_from_what_it_owns()
    {
        await using var world = await StartAsync(change: Weights(1_000_000, 1, 0), time: new ManualTime());
        var id = (await world.CreateAsync())["id"]!.GetValue<string>();
        world.Refuse(500, "sk-a");
        for (var i = 0; i < AccountHealth.FailuresInRow; i++)
        {
            await ErrorAsync(world.GetAsync(id), 502);
        }

        var created = await world.CreateAsync();
        Assert.Equal("key-2", created["extra_fields"]!["routing_info"]!["key"]!.GetValue<string>());
        Assert.Equal(1, AttemptsOf(created));
        world.Upstream.Intercept = null;
        await OkAsync(world.GetAsync(id));
        Assert.Null(OutageOf(world, 0));
    }

    [Fact]
    public async Task No_client_can_put_an_account_out_for_the_others()
    {
        await using var world = await StartAsync(change: Weights(1_000_000, 1, 0), time: new ManualTime());
        var id = (await world.CreateAsync())["id"]!.GetValue<string>();
        world.Refuse(403, "sk-a");
        await ErrorAsync(world.GetAsync(id), 502);
        await ErrorAsync(world.Http.GetAsync("/v1/containers/cntr_forbidden"), 502);
        await ErrorAsync(world.Http.GetAsync("/v1/containers?after=cntr_forbidden"), 502);
        await world.CreateAsync();
        Assert.Null(OutageOf(world, 0));
        foreach (var status in new[] { 401, 429 })
        {
            world.Refuse(status, Keys);
            await ErrorAsync(world.PostAsync("c", ("x-bf-eh-openai-project", "none of mine")), status == 401 ? 502 : 429);
            Assert.Null(OutageOf(world, 0));
        }

        world.Refuse(401, Keys);
        await ErrorAsync(world.PostAsync("c"), 502);
        Assert.Equal(AttemptOutcome.Credential, OutageOf(world, 0)?.Reason);
    }

    [Fact]
    public async Task A_key_that_may_not_even_list_is_out()
    {
        await using var world = await StartAsync(time: new ManualTime());
        world.Refuse(403, "sk-a");
        await OkAsync(world.Http.GetAsync("/v1/containers"));
        Assert.Equal(AttemptOutcome.Credential, OutageOf(world, 0)?.Reason);
        Assert.Null(OutageOf(world, 1));
    }

    [Fact]
    public async Task A_create_that_is_forbidden_takes_nothing_from_the_others()
    {
        await using var world = await StartAsync(keys: ["sk-a"], time: new ManualTime());
        RefuseEvil(world, 403);
        for (var i = 0; i < 10; i++)
        {
            await ErrorAsync(world.PostAsync(Evil), 502);
            await world.CreateAsync();
            Assert.Equal(i + 1, (await OkAsync(world.Http.GetAsync("/v1/containers")))["data"]!.AsArray().Count);
        }
    }

    [Fact]
    public async Task A_rate_limit_of_creates_is_told_as_long_as_it_runs_and_stops_nothing_else()
    {
        var time = new ManualTime();
        await using var world = await StartAsync(keys: ["sk-a"], time: time);
        var id = (await world.CreateAsync())["id"]!.GetValue<string>();
        RefuseEvil(world, 429, "600");
        await ErrorAsync(world.PostAsync(Evil), 429);
        time.Advance(TimeSpan.FromSeconds(100));
        world.Upstream.Requests.Clear();
        using (var refused = await world.PostAsync("c"))
        {
            Assert.Equal(429, (int)refused.StatusCode);
            Assert.Equal("500", refused.Headers.GetValues("Retry-After").Single());
            var json = (await refused.Content.ReadFromJsonAsync<JsonObject>())!;
            Assert.Equal("rate_limit_exceeded", json["error"]!["code"]!.GetValue<string>());
            Assert.Equal("key-1", json["extra_fields"]!["routing_info"]!["key"]!.GetValue<string>());
        }

        Assert.Empty(world.Upstream.Requests);
        await OkAsync(world.GetAsync(id));
        await OkAsync(world.Http.GetAsync("/v1/containers"));
        await OkAsync(world.SendAsync(HttpMethod.Post, $"/v1/containers/{id}/files", """{"file_id":"file-1"}"""));
        await OkAsync(world.Http.DeleteAsync($"/v1/containers/{id}"));
        time.Advance(TimeSpan.FromSeconds(500));
        await world.CreateAsync();
    }

    [Fact]
    public async Task A_rate_limit_on_one_account_moves_creates_and_is_told_when_no_other_takes_them()
    {
        await using var world = await StartAsync(keys: ["sk-a", "sk-b"], time: new ManualTime());
        world.Refuse(429, "sk-a");
        while (OutageOf(world, 0) is null)
        {
            await world.CreateAsync();
        }

        world.Refuse(401, "sk-b");
        using var response = await world.PostAsync("c");
        Assert.Equal(429, (int)response.StatusCode);
        Assert.Equal("3", response.Headers.GetValues("Retry-After").Single());
    }

    [Theory]
    [InlineData(401, 502)]
    [InlineData(500, 502)]
    [InlineData(503, 503)]
    public async Task The_last_account_is_never_out(int upstream, int status)
    {
        await using var world = await StartAsync(keys: ["sk-a"], time: new ManualTime());
        world.Refuse(upstream, "sk-a");
        for (var i = 1; i <= 2 * AccountHealth.FailuresInRow; i++)
        {
            await ErrorAsync(world.PostAsync("c"), status);
            Assert.Equal(i, world.Upstream.Requests.Count);
        }

        Assert.NotNull(OutageOf(world, 0));
        world.Upstream.Intercept = null;
        await world.CreateAsync();
        Assert.Null(OutageOf(world, 0));
    }

    [Fact]
    public async Task When_none_is_well_the_one_that_is_back_soonest_is_asked()
    {
        await using var world = await StartAsync(keys: ["sk-a", "sk-b"], time: new ManualTime());
        world.Refuse(401, Keys);
        await ErrorAsync(world.PostAsync("c"), 502);
        Assert.NotNull(OutageOf(world, 0));
        Assert.NotNull(OutageOf(world, 1));

        // Out for longer with each time; the other one was not asked again.
        var time = world.Gateway.Services.GetRequiredService<TimeProvider>() as ManualTime;
        time!.Advance(TimeSpan.FromSeconds(15));
        await ErrorAsync(world.SendAsync(HttpMethod.Post, "/v1/containers", """{"name":"c"}""", ("x-bf-api-key", "key-1")), 502);
        time.Advance(TimeSpan.FromSeconds(-1));
        Assert.True(OutageOf(world, 0)!.Until > OutageOf(world, 1)!.Until);
        world.Upstream.Intercept = null;
        world.Upstream.Requests.Clear();
        var created = await world.CreateAsync();
        Assert.Equal("key-2", created["extra_fields"]!["routing_info"]!["key"]!.GetValue<string>());
        Assert.Single(world.Upstream.Requests);
    }

    [Fact]
    public async Task A_list_shows_an_account_that_is_back_at_once()
    {
        await using var world = await StartAsync(time: new ManualTime());
        var id = world.Upstream.Create("sk-b");
        world.Refuse(500, "sk-b");
        for (var i = 0; i < AccountHealth.FailuresInRow; i++)
        {
            Assert.Empty((await OkAsync(world.Http.GetAsync("/v1/containers")))["data"]!.AsArray());
        }

        Assert.NotNull(OutageOf(world, 1));
        world.Upstream.Intercept = null;
        Assert.Equal(id, Assert.Single((await OkAsync(world.Http.GetAsync("/v1/containers")))["data"]!.AsArray())!["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_account_that_is_out_and_silent_holds_no_list_up()
    {
        // Whoever waits for the silent one waits longer than the test.
        await using var world = await StartAsync(Quick with { RequestTimeout = TimeSpan.FromHours(1) }, time: new ManualTime());
        world.Refuse(500, "sk-b");
        for (var i = 0; i < AccountHealth.FailuresInRow; i++)
        {
            await OkAsync(world.Http.GetAsync("/v1/containers"));
        }

        world.Upstream.Intercept = async http =>
        {
            if (FakeOpenAI.KeyOf(http) == "sk-b")
            {
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            }

            return FakeOpenAI.KeyOf(http) == "sk-b";
        };
        var list = await OkAsync(world.Http.GetAsync("/v1/containers"));
        Assert.Equal("key-2", Assert.Single(list["extra_fields"]!["partial"]!.AsArray())!["key"]!.GetValue<string>());
    }

    /// <summary>Refuses what one client does; all others are served.</summary>
    private static void RefuseEvil(AccountsWorld world, int status, string? retryAfter = null) => world.Upstream.Intercept = async http =>
    {
        if (http.Request.Method != "POST")
        {
            return false;
        }

        http.Request.EnableBuffering();
        using var reader = new StreamReader(http.Request.Body, leaveOpen: true);
        var isEvil = (await reader.ReadToEndAsync()).Contains(Evil, StringComparison.Ordinal);
        http.Request.Body.Position = 0;
        if (isEvil)
        {
            http.Response.StatusCode = status;
            http.Response.Headers.RetryAfter = retryAfter;
        }

        return isEvil;
    };

    private static AccountOutage? OutageOf(AccountsWorld world, int index)
    {
        var settings = world.Gateway.Services.GetRequiredService<SettingsSource>().Current;
        return world.Gateway.Services.GetRequiredService<AccountHealth>().OutageOf(
            "openai", settings.Providers["openai"].Accounts[index], OperationKind.Create);
    }
}
