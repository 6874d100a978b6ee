using System.Net;
using Gateway.Fakes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Scenarios.Tenants;

/// <summary>Equal creates of two tenants have nothing in common, whatever else is equal.</summary>
public sealed class TenantCreateTests
{
    private const string Body = """{"name":"box"}""";

    [Theory]
    [InlineData("local")]
    [InlineData("openai")]
    public async Task Equal_creates_with_equal_keys_at_the_same_instant_are_each_callers_own(string provider)
    {
        await using var world = await TenantWorld.StartAsync(provider);
        var callers = new[] { world.Ann, world.Amy, world.Bob };

        var made = await Task.WhenAll(callers.SelectMany(caller => Enumerable.Range(0, 8).Select(_ => CreateAsync(caller))));

        var ids = made.Chunk(8).Select(each => each.Distinct().Single()).ToList();
        Assert.Equal(3, ids.Distinct().Count());
        for (var i = 0; i < callers.Length; i++)
        {
            // A replay is its own again.
            Assert.Equal(ids[i], await CreateAsync(callers[i]));
        }

        Assert.Equal(ids[..2].Order(), (await world.Ann.ReadAsync("/v1/containers")).Data("id").Order());
        Assert.Equal(ids[2..], (await world.Bob.ReadAsync("/v1/containers")).Data("id"));
        await ErrorAsync(world.Ann.GetAsync($"/v1/containers/{ids[2]}"), 404);
    }

    [Fact]
    public async Task Key_that_another_tenant_has_used_for_something_else_is_not_taken()
    {
        await using var world = await TenantWorld.StartAsync("local");
        await CreateAsync(world.Ann);
        await OkAsync(world.Bob.SendAsync(HttpMethod.Post, "/v1/containers", """{"name":"other"}""", ("Idempotency-Key", "key-1")));
        await ErrorAsync(world.Ann.SendAsync(HttpMethod.Post, "/v1/containers", """{"name":"other"}""", ("Idempotency-Key", "key-1")), 422);
    }

    [Fact]
    public async Task Create_whose_client_dies_is_its_tenants_and_nobody_elses_retry_has_it()
    {
        await using var world = await TenantWorld.StartAsync("openai");
        var arrived = new TaskCompletionSource();
        var goes = new TaskCompletionSource();
        world.Upstream.Intercept = async http =>
        {
            if (http.Request.Method == "POST" && arrived.TrySetResult())
            {
                await goes.Task;
            }

            return false;
        };
        using var leaving = new CancellationTokenSource();
        var lost = world.Ann.PostAsync("/v1/containers", Json(Body), leaving.Token);
        await arrived.Task.WaitAsync(Until.Hung);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => lost);
        goes.SetResult();
        await Until.TrueAsync(
            async () => (await world.Ann.ReadAsync("/v1/containers?limit=1")).Data("id").Count == 1, "The container is not its tenant's.");
        var id = Assert.Single((await world.Ann.ReadAsync("/v1/containers")).Data("id"));

        var other = await IdAsync(world.Bob.SendAsync(HttpMethod.Post, "/v1/containers", Body, ("x-stainless-retry-count", "1")));
        var colleague = await IdAsync(world.Amy.SendAsync(HttpMethod.Post, "/v1/containers", Body, ("x-stainless-retry-count", "1")));

        Assert.NotEqual(id, other);
        Assert.NotEqual(id, colleague);
        Assert.Equal(id, await IdAsync(world.Ann.SendAsync(HttpMethod.Post, "/v1/containers", Body, ("x-stainless-retry-count", "1"))));
        await ErrorAsync(world.Bob.GetAsync($"/v1/containers/{id}"), 404);
    }

    [Fact]
    public async Task Refusals_that_one_tenant_provokes_neither_eject_an_account_nor_spend_anothers_retries()
    {
        await using var world = await TenantWorld.StartAsync("openai", accounts: 2);
        var refused = 0;
        world.Upstream.Intercept = async http =>
        {
            http.Request.EnableBuffering();
            var body = await new StreamReader(http.Request.Body).ReadToEndAsync();
            http.Request.Body.Position = 0;
            if (!body.Contains("provoke", StringComparison.Ordinal))
            {
                return false;
            }

            Interlocked.Increment(ref refused);
            http.Response.StatusCode = new[] { 403, 404, 409, 422 }[refused % 4];
            await http.Response.WriteAsJsonAsync(new { error = new { message = "no", type = "invalid_request_error" } });
            return true;
        };
        for (var i = 0; i < 20; i++)
        {
            using var answer = await world.Ann.SendAsync(HttpMethod.Post, "/v1/containers", """{"name":"provoke"}""");
            Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
        }

        using var admin = new HttpClient();
        var health = await admin.GetStringAsync($"{world.Gateway.AdminUrl}/health");
        Assert.DoesNotContain("unhealthy", health, StringComparison.OrdinalIgnoreCase);
        await world.Bob.CreateAsync();
        Assert.Contains("drawn by weight among healthy accounts", await ExplainAsync(), StringComparison.Ordinal);

        Task<string> ExplainAsync() => admin.GetStringAsync($"{world.Gateway.AdminUrl}/explain?operation=container_create&provider=openai");
    }

    private static Task<string> CreateAsync(HttpClient caller) =>
        IdAsync(caller.SendAsync(HttpMethod.Post, "/v1/containers", Body, ("Idempotency-Key", "key-1")));
}
