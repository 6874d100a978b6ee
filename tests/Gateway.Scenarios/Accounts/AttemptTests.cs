using System.Net.Sockets;
using Gateway.Fakes;
using Gateway.Scenarios.Hostile;
using Xunit;
using static Gateway.Scenarios.Accounts.AccountsWorld;

namespace Gateway.Scenarios.Accounts;

/// <summary>A create that an account refuses untouched goes to another one; one that may have worked goes nowhere.</summary>
public sealed class AttemptTests
{
    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(429)]
    public async Task A_refused_create_goes_to_another_account_without_any_repetition_allowed(int status)
    {
        await using var world = await StartAsync(change: Weights(1_000_000, 1, 0));
        world.Refuse(status, "sk-a");
        var created = await world.CreateAsync();
        var routing = created["extra_fields"]!["routing_info"]!;
        Assert.Equal("key-2", routing["key"]!.GetValue<string>());
        Assert.Equal(2, routing["attempts"]!.GetValue<int>());
    }

    [Fact]
    public async Task When_all_credentials_are_refused_it_is_said_every_time()
    {
        await using var world = await StartAsync();
        world.Refuse(401, Keys);
        await ErrorAsync(world.PostAsync("c"), 502, "upstream_credentials_exhausted");
        Assert.Equal(3, world.Upstream.Requests.Count);
        await ErrorAsync(world.PostAsync("c"), 502, "upstream_credentials_exhausted");
        Assert.Equal(6, world.Upstream.Requests.Count);
    }

    [Fact]
    public async Task An_account_that_cannot_be_reached_hands_on()
    {
        // Bound and not listening: connections are refused, and nobody else can get the port.
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        await using var world = await StartAsync(change: provider => provider with
        {
            Accounts =
            [
                provider.Accounts[0] with { BaseAddress = new Uri($"http://{closed.LocalEndPoint}"), Weight = 1_000_000 },
                provider.Accounts[1],
            ],
        });
        var created = await world.CreateAsync();
        Assert.Equal("key-2", created["extra_fields"]!["routing_info"]!["key"]!.GetValue<string>());
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    public async Task A_create_that_failed_upstream_is_not_repeated_anywhere(int status)
    {
        await using var world = await StartAsync(Quick with { MaxRetries = 3 });
        world.Refuse(status, Keys);
        using var response = await world.PostAsync("c");
        Assert.Equal(status == 503 ? 503 : 502, (int)response.StatusCode);
        Assert.Single(world.Upstream.Requests);
    }

    [Fact]
    public async Task The_error_that_says_most_wins_and_names_its_account()
    {
        await using var world = await StartAsync(change: Weights(1_000_000_000, 1, 0));
        world.Upstream.Intercept = async http =>
        {
            world.Upstream.Requests.Enqueue(await Received.ReadAsync(http));
            http.Response.StatusCode = FakeOpenAI.KeyOf(http) == "sk-a" ? 429 : 401;
            return true;
        };
        var error = await ErrorAsync(world.PostAsync("c"), 429);
        Assert.Equal("key-1", error["extra_fields"]!["routing_info"]!["key"]!.GetValue<string>());
        Assert.Equal(2, error["extra_fields"]!["routing_info"]!["attempts"]!.GetValue<int>());
    }

    [Fact]
    public async Task An_outage_is_not_multiplied_by_repetitions()
    {
        await using var world = await StartAsync(Quick with { MaxRetries = 5 }, keys: ["sk-a"]);
        var id = world.Upstream.Create("sk-a");
        world.Upstream.Intercept = async http =>
        {
            world.Upstream.Requests.Enqueue(await Received.ReadAsync(http));
            http.Response.StatusCode = 503;
            return true;
        };
        for (var i = 0; i < 100; i++)
        {
            await ErrorAsync(world.GetAsync(id), 503);
        }

        // Ten repetitions in hand and one for five calls.
        Assert.InRange(world.Upstream.Requests.Count, 101, 131);
    }

    [Fact]
    public async Task A_client_that_leaves_ends_a_wait()
    {
        var logs = new Logs();
        await using var upstream = await FakeOpenAI.StartAsync("sk-a");
        await using var gateway = await RunningGateway.StartAsync(
            TestSettings.Of(
                TestSettings.OpenAI(upstream.Url, network: Quick with { MaxRetries = 3, RequestTimeout = TimeSpan.FromHours(2) }, keys: "sk-a")),
            logs);
        var refused = new TaskCompletionSource();
        upstream.Intercept = http =>
        {
            http.Response.StatusCode = 429;
            http.Response.Headers.RetryAfter = "3600";
            http.Response.OnCompleted(() => Task.FromResult(refused.TrySetResult()));
            return Task.FromResult(true);
        };
        using (var leave = new CancellationTokenSource())
        {
            var create = gateway.Client.PostAsync("/v1/containers", Json("""{"name":"c"}"""), leave.Token);
            await refused.Task;
            await leave.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => create);
        }

        await Until.TrueAsync(() => logs.Lines.Any(line => line.Contains("container_create 499", StringComparison.Ordinal)), "The create waits on.");
    }
}
