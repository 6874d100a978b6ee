using Gateway.Path;
using Gateway.Settings;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Gateway.Scenarios.Accounts.AccountsWorld;

namespace Gateway.Scenarios.Accounts;

/// <summary>An account that fails takes no new work for a while; the others go on, and what it owns is still asked of it.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task An_account_that_is_out_is_not_asked_until_its_time_has_come()
    {
        var time = new ManualTime();
        await using var world = await StartAsync(change: Weights(1_000_000, 1, 0), time: time);
        world.Refuse(429, "sk-a");
        await world.CreateAsync();
        Assert.Equal(1, world.Upstream.RequestsByKey["sk-a"]);
        Assert.Equal(Failure.Throttled, StateOf(world, 0).Outage?.Reason);
        for (var i = 0; i < 10; i++)
        {
            await world.CreateAsync();
        }

        Assert.Equal(1, world.Upstream.RequestsByKey["sk-a"]);
        world.Upstream.Intercept = null;
        time.Advance(TimeSpan.FromSeconds(4));
        await world.CreateAsync();
        Assert.Equal(2, world.Upstream.RequestsByKey["sk-a"]);
        Assert.Equal(AccountState.Healthy, StateOf(world, 0));
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
        Assert.Equal(1, created["extra_fields"]!["routing_info"]!["attempts"]?.GetValue<int>() ?? 1);
        world.Upstream.Intercept = null;
        await OkAsync(world.GetAsync(id));
        Assert.Equal(AccountState.Healthy, StateOf(world, 0));
    }

    [Fact]
    public async Task No_client_can_put_an_account_out_for_the_others()
    {
        await using var world = await StartAsync(change: Weights(1_000_000, 1, 0), time: new ManualTime());
        var id = (await world.CreateAsync())["id"]!.GetValue<string>();
        world.Refuse(403, "sk-a");
        await ErrorAsync(world.GetAsync(id), 502);
        Assert.Null(StateOf(world, 0).Outage);
        world.Refuse(401, Keys);
        await ErrorAsync(world.PostAsync("c", ("x-bf-eh-openai-project", "none of mine")), 502);
        Assert.Null(StateOf(world, 0).Outage);
        await ErrorAsync(world.PostAsync("c"), 502);
        Assert.Equal(Failure.Credential, StateOf(world, 0).Outage?.Reason);
    }

    [Fact]
    public async Task When_all_are_out_the_client_is_told_when_to_come_back()
    {
        await using var world = await StartAsync(time: new ManualTime());
        world.Refuse(429, Keys);
        await ErrorAsync(world.PostAsync("c"), 429);
        var asked = world.Upstream.Requests.Count;
        using var response = await world.PostAsync("c");
        Assert.Equal(503, (int)response.StatusCode);
        Assert.InRange(int.Parse(response.Headers.GetValues("Retry-After").Single()), 1, 3);
        Assert.Equal(asked, world.Upstream.Requests.Count);
    }

    private static AccountState StateOf(AccountsWorld world, int index)
    {
        var settings = world.Gateway.Services.GetRequiredService<SettingsSource>().Current;
        return world.Gateway.Services.GetRequiredService<AccountHealth>().StateOf("openai", settings.Providers["openai"].Accounts[index]);
    }
}
