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
        await ErrorAsync(world.PostAsync("different", ("Idempotency-Key", "k")), 422, "idempotency_key_reused");
        Assert.Equal(3, world.Upstream.Requests.Count);
        await ErrorAsync(world.PostAsync("c", ("Idempotency-Key", "k"), ("x-bf-api-key", Keys[1])), 422, "idempotency_key_reused");
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
            var request = new HttpRequestMessage(HttpMethod.Post, "/v1/containers")
            {
                Content = Json("""{"name":"c"}"""), Headers = { { "Idempotency-Key", "k" } },
            };
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

    /// <summary>Names are not unique: whatever of that name is upstream may be a stranger's.</summary>
    [Theory]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(3, true)]
    public async Task Create_whose_answer_was_lost_is_told_that_a_container_may_exist_and_gets_none(int keys, bool createFirst)
    {
        await using var world = await StartAsync(keys: Keys[..keys]);
        world.Upstream.CreatedAt = static _ => DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        world.Upstream.Create("sk-a", "c");
        Drop(world, createFirst);
        using var response = await world.PostAsync("c");
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.BadGateway, text);
        Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
        Assert.Contains("\"create_outcome_unknown\"", text, StringComparison.Ordinal);
        Assert.Contains("may have been created", text, StringComparison.Ordinal);
        Assert.DoesNotContain("cntr_", text, StringComparison.Ordinal);
        Assert.Equal("POST", Assert.Single(world.Upstream.Requests).Method);
    }

    /// <summary>Its container is there, and nobody can tell which.</summary>
    [Theory]
    [InlineData("[]")]
    [InlineData("{\"id\":")]
    public async Task Create_that_is_answered_with_a_success_that_is_none_must_not_be_repeated(string answer)
    {
        await using var world = await StartAsync();
        world.Upstream.Intercept = async http =>
        {
            world.Upstream.Requests.Enqueue(await Received.ReadAsync(http));
            await http.Response.WriteAsync(answer);
            return true;
        };
        using var response = await world.PostAsync("c");
        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("false", response.Headers.GetValues("x-should-retry").Single());
        Assert.Single(world.Upstream.Requests);
    }

    /// <summary>A refusal before it, which may be repeated, must not stand for it.</summary>
    [Fact]
    public async Task Lost_answer_after_another_accounts_refusal_is_what_the_client_is_told()
    {
        await using var world = await StartAsync();
        world.Upstream.Intercept = async http =>
        {
            world.Upstream.Requests.Enqueue(await Received.ReadAsync(http));
            if (world.Upstream.Requests.Count == 1)
            {
                http.Response.StatusCode = 429;
                return true;
            }

            http.Abort();
            return true;
        };
        await ErrorAsync(world.PostAsync("c"), 502, "create_outcome_unknown");
        Assert.Equal(2, world.Upstream.Requests.Count);
    }

    /// <summary>A deletion that finds nothing after one that may have worked.</summary>
    [Theory]
    [InlineData(true, 0, 200)]
    [InlineData(true, 503, 200)]
    [InlineData(false, 503, 404)]
    [InlineData(false, 0, 404)]
    public async Task Delete_that_finds_nothing_after_an_unanswered_one_succeeds_only_for_a_known_container(bool isKnown, int first, int status)
    {
        await using var world = await StartAsync(Quick with { MaxRetries = 1 });
        var id = isKnown ? Id(await world.CreateAsync()) : "cntr_never";
        var owner = Keys.FirstOrDefault(key => world.Upstream.IdsOf(key).Contains(id));
        var deletes = 0;
        world.Upstream.Intercept = http =>
        {
            if (http.Request.Method != "DELETE" || Interlocked.Increment(ref deletes) > 1)
            {
                return Task.FromResult(false);
            }

            if (owner is not null)
            {
                world.Upstream.Delete(owner, id);
            }

            http.Response.StatusCode = first;
            if (first == 0)
            {
                http.Abort();
            }

            return Task.FromResult(true);
        };
        using var response = await world.SendAsync(HttpMethod.Delete, $"/v1/containers/{id}", null, ("x-bf-api-key", NameOf(owner ?? "sk-a")));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(2, deletes);
    }

    /// <summary>Receives creates and drops the connection, after they have been carried out or before.</summary>
    private static void Drop(AccountsWorld world, bool createFirst) => world.Upstream.Intercept = async http =>
    {
        var request = await Received.ReadAsync(http);
        world.Upstream.Requests.Enqueue(request);
        if (createFirst)
        {
            world.Upstream.Create(FakeOpenAI.KeyOf(http), JsonNode.Parse(request.Text)!.AsObject());
        }

        http.Abort();
        return true;
    };

    /// <summary>Waits until so many creates are in the gateway.</summary>
    private static async Task UnderWayAsync(AccountsWorld world, int creates)
    {
        using var sums = new InstrumentSums(world.Gateway);
        await Until.TrueAsync(() => sums.Of("gateway.operation.active", "container_create") == creates, "They did not all arrive.");
    }

    /// <summary>Also where a container takes several steps of the gateway's own.</summary>
    [Theory]
    [InlineData("Idempotency-Key", "k", "k", 1)]
    [InlineData("x-stainless-retry-count", "0", "1", 2)]
    public async Task Create_by_recipe_goes_by_the_same_rules(string header, string first, string second, int containers)
    {
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.Local()));
        string[] ids = [await CreateAsync(first), await CreateAsync(second)];
        Assert.Equal(containers, ids.Distinct().Count());
        var list = await OkAsync(gateway.Client.GetAsync("/v1/containers"));
        Assert.Equal(containers, list["data"]!.AsArray().Count);

        async Task<string> CreateAsync(string value)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/containers")
            {
                Content = Json("""{"name":"c"}"""), Headers = { { header, value } },
            };
            return Id(await OkAsync(gateway.Client.SendAsync(request)));
        }
    }
}
