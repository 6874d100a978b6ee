using Gateway.Fakes;
using Xunit;
using static Gateway.Scenarios.Accounts.AccountsWorld;

namespace Gateway.Scenarios.Accounts;

/// <summary>Which account takes a call that no account owns: by weight, unless the client pins one or a file decides.</summary>
public sealed class ChoiceTests
{
    [Fact]
    public async Task Creates_are_spread_by_weight()
    {
        await using var world = await StartAsync(change: Weights(3, 1, 0));
        for (var i = 0; i < 400; i++)
        {
            await world.CreateAsync();
        }

        // 300 expected, standard deviation 8.7.
        Assert.InRange(world.Upstream.IdsOf("sk-a").Count, 250, 350);
        Assert.Equal(400, world.Upstream.IdsOf("sk-a").Count + world.Upstream.IdsOf("sk-b").Count);
    }

    [Fact]
    public async Task Weight_0_takes_nothing_even_when_the_others_are_out()
    {
        await using var world = await StartAsync(change: Weights(1, 1, 0), time: new ManualTime());
        world.Refuse(429, "sk-a", "sk-b");
        await ErrorAsync(world.PostAsync("c"), 429);
        await ErrorAsync(world.PostAsync("c"), 429, "rate_limit_exceeded");
        Assert.Empty(world.Upstream.IdsOf("sk-c"));
        await world.CreateAsync("pinned", ("x-bf-api-key", "key-3"));
        Assert.Single(world.Upstream.IdsOf("sk-c"));
    }

    [Theory]
    [InlineData("x-bf-api-key")]
    [InlineData("x-bf-api-key-id")]
    public async Task Pins_are_honoured_by_all_nine_operations(string header)
    {
        await using var world = await StartAsync();
        world.Upstream.Create("sk-a");
        world.Upstream.Create("sk-c");
        (string, string) pin = (header, "key-2");
        var id = (await world.CreateAsync("c", pin))["id"]!.GetValue<string>();
        var path = $"/v1/containers/{id}";
        var list = await OkAsync(world.SendAsync(HttpMethod.Get, "/v1/containers", null, pin));
        Assert.Equal(id, Assert.Single(list["data"]!.AsArray())!["id"]!.GetValue<string>());
        foreach (var several in new[] { "*", "openai,openai" })
        {
            list = await OkAsync(world.SendAsync(HttpMethod.Get, $"/v1/containers?provider={several}", null, pin));
            Assert.Single(list["data"]!.AsArray());
        }

        await OkAsync(world.SendAsync(HttpMethod.Get, path, null, pin));
        var file = await IdAsync(world.SendAsync(HttpMethod.Post, $"{path}/files", """{"file_id":"file-1"}""", pin));
        await OkAsync(world.SendAsync(HttpMethod.Get, $"{path}/files", null, pin));
        await OkAsync(world.SendAsync(HttpMethod.Get, $"{path}/files/{file}", null, pin));
        using (var content = await world.SendAsync(HttpMethod.Get, $"{path}/files/{file}/content", null, pin))
        {
            Assert.True(content.IsSuccessStatusCode);
        }

        await OkAsync(world.SendAsync(HttpMethod.Delete, $"{path}/files/{file}", null, pin));
        await ErrorAsync(world.SendAsync(HttpMethod.Get, path, null, (header, "key-1")), 404);
        Assert.Equal(1, world.Upstream.RequestsByKey["sk-a"]);
        await OkAsync(world.SendAsync(HttpMethod.Delete, path, null, pin));
        Assert.DoesNotContain("sk-c", world.Upstream.RequestsByKey.Keys);
    }

    [Theory]
    [InlineData("x-bf-api-key", "name")]
    [InlineData("x-bf-api-key-id", "id")]
    public async Task An_unknown_pin_is_refused_in_Bifrosts_words(string header, string by)
    {
        await using var world = await StartAsync();
        foreach (var path in new[] { "/v1/containers", "/v1/containers?provider=*", "/v1/containers/c", "/v1/containers/c/files" })
        {
            var error = await ErrorAsync(world.SendAsync(HttpMethod.Get, path, null, (header, "gone")), 400);
            Assert.Equal(
                $"no supported key found with {by} \"gone\" for provider: openai and model: ", error["error"]!["message"]!.GetValue<string>());
        }

        Assert.Empty(world.Upstream.Requests);
    }

    [Fact]
    public async Task An_empty_pin_pins_nothing()
    {
        await using var world = await StartAsync();
        foreach (var key in Keys)
        {
            world.Upstream.Create(key);
        }

        var list = await OkAsync(world.SendAsync(HttpMethod.Get, "/v1/containers", null, ("x-bf-api-key", "")));
        Assert.Equal(3, list["data"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("""{"name":"first","file_ids":["file-7"]}""")]
    [InlineData("""{"file_id":"file-7"}""")]
    public async Task The_account_known_to_hold_a_file_gets_the_creates_that_refer_to_it(string first)
    {
        await using var world = await StartAsync(change: Weights(1, 1, 0));
        var path = "/v1/containers";
        if (!first.Contains("name", StringComparison.Ordinal))
        {
            path += $"/{(await world.CreateAsync("c", ("x-bf-api-key", "key-3")))["id"]!.GetValue<string>()}/files";
        }

        await OkAsync(world.SendAsync(HttpMethod.Post, path, first, ("x-bf-api-key", "key-3")));
        var before = world.Upstream.IdsOf("sk-c").Count;
        for (var i = 0; i < 20; i++)
        {
            await OkAsync(world.SendAsync(HttpMethod.Post, "/v1/containers", """{"name":"c","file_ids":["file-0","file-7"]}"""));
        }

        Assert.Equal(before + 20, world.Upstream.IdsOf("sk-c").Count);
    }
}
