using System.Text.Json.Nodes;
using Gateway.Creates;
using Gateway.Fakes;
using Gateway.Scenarios.Accounts;
using Gateway.Scenarios.Hostile;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Gateway.Scenarios.Accounts.AccountsWorld;

namespace Gateway.Scenarios.Creates;

/// <summary>An SDK's retry of a create gets what its own client has never received, and never a container of somebody else.</summary>
public sealed class RetryTests
{
    private static readonly (string, string) s_retry = ("x-stainless-retry-count", "1");

    [Fact]
    public async Task Retry_of_a_delivered_create_makes_a_new_container()
    {
        await using var world = await StartAsync();
        var first = Id(await world.CreateAsync("sandbox"));
        Assert.NotEqual(first, Id(await world.CreateAsync("sandbox", s_retry)));
        Assert.Equal(2, world.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Retry_beside_a_create_whose_client_waits_makes_a_new_container()
    {
        await using var world = await StartAsync();
        var (arrived, gate) = Hold(world);
        var first = world.CreateAsync("sandbox");
        await arrived.WaitAsync(Until.Hung);
        var retry = world.CreateAsync("sandbox", s_retry);
        gate.SetResult();
        Assert.NotEqual(Id(await first), Id(await retry));
    }

    /// <summary>Whether the retry comes before the end of the create or after it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Container_that_could_not_be_delivered_is_given_to_one_retry(bool whileItRuns)
    {
        await using var world = await StartAsync();
        var (arrived, gate) = Hold(world);
        await using (var client = await RawClient.ConnectAsync(world.Gateway))
        {
            const string Body = """{"name":"sandbox"}""";
            await client.SendAsync(
                $"POST /v1/containers HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
            await arrived.WaitAsync(Until.Hung);
            client.Reset();
        }

        var claims = world.Gateway.Services.GetRequiredService<RetryClaims>();
        await Until.TrueAsync(() => claims.Claimable == 1, "The client's departure is not noticed.");
        Task<JsonObject>? retry = null;
        if (whileItRuns)
        {
            retry = world.CreateAsync("sandbox", s_retry);
            await Until.TrueAsync(() => claims.Claimable == 0, "The retry does not claim it.");
        }

        gate.SetResult();
        await Until.TrueAsync(() => Made(world).Count == 1, "The create is not brought to its end.");
        await Until.TrueAsync(() => whileItRuns || claims.Claimable == 1, "It is not kept.");
        Assert.Equal(Made(world), [Id(await (retry ?? world.CreateAsync("sandbox", s_retry)))]);
        Assert.Single(world.Upstream.Requests);
        Assert.NotEqual(Made(world)[0], Id(await world.CreateAsync("sandbox", s_retry)));
    }

    [Fact]
    public async Task Retry_after_a_lost_answer_makes_a_new_container()
    {
        await using var world = await StartAsync();
        world.Upstream.Intercept = async http =>
        {
            world.Upstream.Create(FakeOpenAI.KeyOf(http), JsonNode.Parse((await Received.ReadAsync(http)).Text)!.AsObject());
            http.Abort();
            return true;
        };
        await ErrorAsync(world.PostAsync("sandbox"), 502, "create_outcome_unknown");
        var orphan = Keys.SelectMany(world.Upstream.IdsOf).Single();
        world.Upstream.Intercept = null;
        Assert.NotEqual(orphan, Id(await world.CreateAsync("sandbox", s_retry)));
    }

    private static List<string> Made(AccountsWorld world) => [.. Keys.SelectMany(world.Upstream.IdsOf)];

    private static (Task Arrived, TaskCompletionSource Gate) Hold(AccountsWorld world)
    {
        var arrived = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        world.Upstream.Intercept = async _ =>
        {
            arrived.TrySetResult();
            await gate.Task;
            return false;
        };
        return (arrived.Task, gate);
    }
}
