using System.Text.Json.Nodes;
using Gateway.Fakes;
using Xunit;
using static Gateway.Scenarios.Accounts.AccountsWorld;

namespace Gateway.Scenarios.Creates;

/// <summary>One container for a caller's key, and only for the same request.</summary>
public sealed class IdempotencyKeyTests
{
    private static readonly (string, string) s_key = ("Idempotency-Key", "k");

    [Theory]
    [InlineData("/v1/containers", """{"name":"c","memory_limit":"4g"}""", "", "")]
    [InlineData("/v1/containers", """{"name":"c","unknown":1}""", "", "")]
    [InlineData("/v1/containers?unknown=1", """{"name":"c"}""", "", "")]
    [InlineData("/v1/containers", """{"name":"c"}""", "x-bf-eh-tenant", "b")]
    [InlineData("/v1/containers", """{"name":"c"}""", "x-bf-api-key", "key-2")]
    [InlineData("/v1/containers", """{"name":"c"}""", "x-bf-api-key-id", "key-2")]
    [InlineData("/v1/containers", """{"name":"c","provider":"other"}""", "", "")]
    public async Task Key_of_a_request_that_differs_in_what_reaches_the_upstream_is_refused(string path, string body, string header, string value)
    {
        await using var world = await StartAsync();
        await OkAsync(world.SendAsync(HttpMethod.Post, "/v1/containers", """{"name":"c"}""", s_key));
        var second = world.SendAsync(
            HttpMethod.Post, path, body, [s_key, .. header.Length == 0 ? Array.Empty<(string, string)>() : [(header, value)]]);
        using var response = await second;
        var text = await response.Content.ReadAsStringAsync();
        if (!body.Contains("other", StringComparison.Ordinal))
        {
            Assert.True((int)response.StatusCode == 422, text);
            Assert.Contains("idempotency_key_reused", text, StringComparison.Ordinal);
        }

        Assert.Single(world.Upstream.Requests);
    }

    [Fact]
    public async Task Key_means_the_same_on_every_surface()
    {
        await using var world = await StartAsync();
        var first = await OkAsync(world.SendAsync(HttpMethod.Post, "/v1/containers", """{"name":"c","provider":"openai"}""", s_key));
        foreach (var path in new[] { "/openai/v1/containers", "/openai/containers", "/v1/containers?provider=openai" })
        {
            Assert.Equal(Id(first), Id(await OkAsync(world.SendAsync(HttpMethod.Post, path, """{"name":"c"}""", s_key))));
        }

        Assert.Single(world.Upstream.Requests);
    }

    [Fact]
    public async Task Large_answer_is_retrieved_again_from_its_account()
    {
        await using var world = await StartAsync();
        var name = new string('n', 70_000);
        var first = await world.CreateAsync(name, s_key);
        var again = await world.CreateAsync(name, s_key);
        Assert.Equal((Id(first), name), (Id(again), again["name"]!.GetValue<string>()));
        Assert.Equal(["POST", "GET"], world.Upstream.Requests.Select(request => request.Method));
        Assert.Single(world.Upstream.Requests.Select(request => request.Headers["Authorization"]).Distinct());
    }

    [Fact]
    public async Task Failures_are_not_kept_and_do_not_keep_keys_from_being_used()
    {
        await using var world = await StartAsync(keys: ["sk-a"]);
        world.Upstream.Intercept = http =>
        {
            http.Abort();
            return Task.FromResult(true);
        };
        await ErrorAsync(world.PostAsync("c", s_key), 502, "create_outcome_unknown");
        world.Upstream.Intercept = null;
        var made = await world.CreateAsync("other", s_key);
        Assert.Equal(Id(made), Id(await world.CreateAsync("other", s_key)));
    }

    /// <summary>Two gateways over one Redis.</summary>
    [Fact]
    public async Task Duplicates_on_two_instances_share_one_container()
    {
        await using var upstream = await FakeOpenAI.StartAsync(Keys);
        await using var redis = await RedisServer.StartAsync();
        var settings = TestSettings.Of(TestSettings.OpenAI(upstream.Url, network: Quick, keys: Keys));
        settings = settings with { Cache = settings.Cache with { Redis = new(redis.Url), RedisTimeout = RedisServer.Patience } };
        await using var one = await RunningGateway.StartAsync(settings);
        await using var two = await RunningGateway.StartAsync(settings);
        var gate = new TaskCompletionSource();
        var arrived = new TaskCompletionSource();
        upstream.Intercept = async _ =>
        {
            arrived.TrySetResult();
            await gate.Task;
            return false;
        };
        using var sumsOne = new InstrumentSums(one);
        using var sumsTwo = new InstrumentSums(two);
        var creates = Enumerable.Range(0, 10).Select(number => CreateAsync(number % 2 == 0 ? one : two, "c")).ToList();
        await arrived.Task.WaitAsync(Until.Hung);
        foreach (var sums in new[] { sumsOne, sumsTwo })
        {
            await Until.TrueAsync(() => sums.Of("gateway.operation.active", "container_create") == 5, "They did not all arrive.");
        }

        gate.SetResult();
        Assert.Single((await Task.WhenAll(creates)).Select(Id).Distinct());
        await ErrorAsync(SendAsync(two, "different"), 422, "idempotency_key_reused");
        Assert.Single(upstream.Requests);

        // Without Redis each instance is alone, and goes on.
        await redis.KillAsync();
        var alone = await CreateAsync(one, "c", "away");
        Assert.Equal(Id(alone), Id(await CreateAsync(one, "c", "away")));
        Assert.Equal(2, upstream.Requests.Count);

        Task<JsonObject> CreateAsync(RunningGateway gateway, string name, string key = "k") => OkAsync(SendAsync(gateway, name, key));

        static Task<HttpResponseMessage> SendAsync(RunningGateway gateway, string name, string key = "k") => gateway.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "/v1/containers")
            {
                Content = Json($$"""{"name":"{{name}}"}"""), Headers = { { "Idempotency-Key", key } },
            });
    }
}
