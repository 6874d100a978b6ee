using System.Net;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using Microsoft.AspNetCore.Http;
using Xunit;
using static Gateway.Scenarios.Accounts.AccountsWorld;

namespace Gateway.Scenarios.Accounts;

/// <summary>Whatever breaks on the way and whoever repeats: a create makes one container.</summary>
public sealed class CreateTests
{
    [Fact]
    public async Task The_same_idempotency_key_gives_the_same_container()
    {
        await using var world = await StartAsync();
        var first = await world.CreateAsync("c", ("Idempotency-Key", "k"));
        var second = await world.CreateAsync("c", ("Idempotency-Key", "k"));
        Assert.Equal(Id(first), Id(second));
        Assert.NotEqual(Id(first), Id(await world.CreateAsync("c", ("Idempotency-Key", "other"))));
        Assert.NotEqual(Id(first), Id(await world.CreateAsync("c", ("Idempotency-Key", "k"), ("Authorization", "Bearer somebody-else"))));
        await ErrorAsync(world.PostAsync("different", ("Idempotency-Key", "k")), 400, "idempotency_key_reused");
        Assert.Equal(3, world.Upstream.Requests.Count);
        await ErrorAsync(world.PostAsync("c", ("Idempotency-Key", "k"), ("x-bf-api-key", Keys[1])), 400, "idempotency_key_reused");
    }

    [Fact]
    public async Task Duplicates_at_the_same_moment_share_one_create()
    {
        await using var world = await StartAsync();
        var gate = new TaskCompletionSource();
        world.Upstream.Intercept = async _ =>
        {
            await gate.Task;
            return false;
        };
        var creates = Enumerable.Range(0, 20).Select(_ => world.CreateAsync("c", ("Idempotency-Key", "k"))).ToList();
        await UnderWayAsync(world, 20);
        gate.SetResult();
        Assert.Single((await Task.WhenAll(creates)).Select(Id).Distinct());
        Assert.Single(world.Upstream.Requests);
    }

    [Fact]
    public async Task A_failed_create_is_tried_anew_under_its_key()
    {
        await using var world = await StartAsync();
        world.Refuse(400, Keys);
        await ErrorAsync(world.PostAsync("c", ("Idempotency-Key", "k")), 400);
        world.Upstream.Intercept = null;
        await world.CreateAsync("c", ("Idempotency-Key", "k"));
    }

    [Fact]
    public async Task An_SDKs_retry_gets_the_first_result()
    {
        await using var world = await StartAsync();
        var first = await world.CreateAsync("c", ("x-stainless-retry-count", "0"));
        Assert.NotEqual(Id(first), Id(await world.CreateAsync("c", ("x-stainless-retry-count", "0"))));
        var count = world.Upstream.Requests.Count;
        var retried = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => world.CreateAsync("c", ("x-stainless-retry-count", "1"))));
        Assert.Equal(2, retried.Select(Id).Distinct().Count());
        Assert.Equal(count, world.Upstream.Requests.Count);
    }

    [Fact]
    public async Task A_retry_after_a_failure_does_not_get_somebody_elses_container()
    {
        await using var world = await StartAsync();
        world.Refuse(503, Keys);
        await ErrorAsync(world.PostAsync("c"), 503);
        world.Upstream.Intercept = null;
        var other = await world.CreateAsync();
        Assert.NotEqual(Id(other), Id(await world.CreateAsync("c", ("x-stainless-retry-count", "1"))));
    }

    /// <summary>A create that names itself is brought to its end although its client has left, and the repetition shares it.</summary>
    [Fact]
    public async Task A_client_that_gives_up_waiting_for_a_named_create_finds_its_container_when_it_retries()
    {
        await using var world = await StartAsync();
        var arrived = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        world.Upstream.Intercept = async _ =>
        {
            arrived.TrySetResult();
            await gate.Task;
            return false;
        };
        using (var patience = new CancellationTokenSource())
        {
            var request = new HttpRequestMessage(HttpMethod.Post, "/v1/containers") { Content = Json("""{"name":"c"}"""), Headers = { { "Idempotency-Key", "k" } } };
            var impatient = world.Http.SendAsync(request, patience.Token);
            await arrived.Task.WaitAsync(Until.Hung);
            await patience.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        }

        var retry = world.CreateAsync("c", ("Idempotency-Key", "k"));
        gate.SetResult();
        var container = Id(await retry);
        Assert.Equal([container], Keys.SelectMany(world.Upstream.IdsOf));
        Assert.Single(world.Upstream.Requests);
    }

    /// <summary>Behind a load balancer a client's departure is noticed late: its retry is there before, and waits for what then is given up.</summary>
    [Fact]
    public async Task A_retry_that_waited_for_a_create_given_up_finds_its_container()
    {
        await using var world = await StartAsync(keys: ["sk-a"]);
        world.Upstream.CreatedAt = static _ => DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var made = new TaskCompletionSource();
        world.Upstream.Intercept = async http =>
        {
            if (http.Request.Method != "POST" || made.Task.IsCompleted)
            {
                return false;
            }

            world.Upstream.Create(FakeOpenAI.KeyOf(http), JsonNode.Parse((await Received.ReadAsync(http)).Text)!.AsObject());
            made.SetResult();
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        using var patience = new CancellationTokenSource();
        var impatient = world.Http.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "/v1/containers") { Content = Json("""{"name":"c"}""") }, patience.Token);
        await made.Task.WaitAsync(Until.Hung);
        var retry = world.CreateAsync("c", ("x-stainless-retry-count", "1"));
        await UnderWayAsync(world, 2);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);

        Assert.Equal([Id(await retry)], world.Upstream.IdsOf("sk-a"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_create_whose_answer_is_lost_gives_its_container(int keys)
    {
        await using var world = await StartAsync(keys: Keys[..keys]);
        world.Upstream.CreatedAt = static _ => DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var before = Id(await world.CreateAsync());
        Drop(world, createFirst: true);
        var found = Id(await world.CreateAsync());
        world.Upstream.Intercept = null;
        Assert.NotEqual(before, found);
        Assert.Equal([before, found], Keys[..keys].SelectMany(world.Upstream.IdsOf).Order(StringComparer.Ordinal));
        await OkAsync(world.GetAsync(found));
    }

    [Fact]
    public async Task A_lost_create_that_made_nothing_is_not_answered_with_another_container()
    {
        await using var world = await StartAsync(keys: ["sk-a"]);
        world.Upstream.CreatedAt = static _ => DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await world.CreateAsync();
        Drop(world, createFirst: false);
        using (var response = await world.PostAsync("c"))
        {
            Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
            Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
        }

        world.Upstream.Intercept = null;
        await world.CreateAsync("c", ("x-stainless-retry-count", "1"));
        Assert.Equal(2, world.Upstream.IdsOf("sk-a").Count);
    }

    [Fact]
    public async Task What_appears_late_is_found_by_the_repetition()
    {
        await using var world = await StartAsync(keys: ["sk-a"]);
        world.Upstream.CreatedAt = static _ => DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Drop(world, createFirst: false);
        await ErrorAsync(world.PostAsync("c", ("Idempotency-Key", "k")), 502);
        var late = world.Upstream.Create("sk-a", "c");
        Assert.Equal(late, Id(await world.CreateAsync("c", ("Idempotency-Key", "k"))));
        Assert.Equal([late], world.Upstream.IdsOf("sk-a"));
    }

    [Fact]
    public async Task Two_creates_of_one_name_in_flight_are_not_confused()
    {
        await using var world = await StartAsync(keys: ["sk-a"]);
        world.Upstream.CreatedAt = static _ => DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var gate = new TaskCompletionSource();
        var waits = new TaskCompletionSource();
        var number = 0;
        world.Upstream.Intercept = async http =>
        {
            if (http.Request.Method != "POST")
            {
                return false;
            }

            if (Interlocked.Increment(ref number) == 1)
            {
                // Is made upstream at once and answered late.
                var body = JsonNode.Parse((await Received.ReadAsync(http)).Text)!.AsObject();
                var id = world.Upstream.Create("sk-a", body);
                waits.SetResult();
                await gate.Task;
                await http.Response.WriteAsJsonAsync(new { id, @object = "container", created_at = 1, name = "c" });
                return true;
            }

            http.Abort();
            return true;
        };
        var slow = world.CreateAsync();
        await waits.Task.WaitAsync(Until.Hung);
        await ErrorAsync(world.PostAsync("c"), 502);
        gate.SetResult();
        Assert.Equal(world.Upstream.IdsOf("sk-a"), [Id(await slow)]);
    }

    [Fact]
    public async Task The_official_client_gets_one_container_when_the_connection_breaks()
    {
        await using var world = await StartAsync();
        world.Upstream.CreatedAt = static _ => DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Drop(world, createFirst: true);
        var client = new OpenAI.Containers.ContainerClient(
            new System.ClientModel.ApiKeyCredential("sk-client"), new OpenAI.Containers.ContainerClientOptions { Endpoint = new Uri(world.Gateway.Url + "/openai/v1") });
        OpenAI.Containers.ContainerResource created = await client.CreateContainerAsync(new OpenAI.Containers.ContainerCreationOptions("c"));
        Assert.Equal([created.Id], Keys.SelectMany(world.Upstream.IdsOf));
    }

    /// <summary>Receives creates and drops the connection, after they have been carried out or before.</summary>
    private static void Drop(AccountsWorld world, bool createFirst) => world.Upstream.Intercept = async http =>
    {
        if (http.Request.Method != "POST")
        {
            return false;
        }

        var body = JsonNode.Parse((await Received.ReadAsync(http)).Text)!.AsObject();
        if (createFirst)
        {
            world.Upstream.Create(FakeOpenAI.KeyOf(http), body);
        }

        http.Abort();
        return true;
    };

    private static string Id(JsonObject container) => container["id"]!.GetValue<string>();

    /// <summary>Waits until so many creates are in the gateway.</summary>
    private static async Task UnderWayAsync(AccountsWorld world, int creates)
    {
        using var sums = new InstrumentSums(world.Gateway);
        await Until.TrueAsync(() => sums.Of("gateway.operation.active", "container_create") == creates, "They did not all arrive.");
    }

    /// <summary>Also where a container takes several steps of the gateway's own.</summary>
    [Theory]
    [InlineData("Idempotency-Key", "k", "k")]
    [InlineData("x-stainless-retry-count", "0", "1")]
    public async Task A_create_by_recipe_happens_once_too(string header, string first, string second)
    {
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.Local()));
        var one = await CreateAsync(first);
        Assert.Equal(one, await CreateAsync(second));
        var list = await OkAsync(gateway.Client.GetAsync("/v1/containers"));
        Assert.Single(list["data"]!.AsArray());

        async Task<string> CreateAsync(string value)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/containers") { Content = Json("""{"name":"c"}"""), Headers = { { header, value } } };
            return Id(await OkAsync(gateway.Client.SendAsync(request)));
        }
    }
}
