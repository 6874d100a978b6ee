using System.Net;
using System.Text.Json.Nodes;
using Xunit;
using static Gateway.Scenarios.Cache.CacheWorld;

namespace Gateway.Scenarios.Cache;

/// <summary>A client that wrote sees its write, on whichever instance it asks.</summary>
public sealed class CacheInvalidationTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_write_is_in_the_next_list_and_nothing_else_is_asked_for_again(bool redis)
    {
        await using var world = await StartAsync(gateways: redis ? 3 : 1, redis: redis);
        var last = world.Gateways.Count - 1;
        var kept = await world.CreateAsync();
        var container = await world.CreateAsync(last);
        await EverywhereAsync("/v1/containers", container, kept);

        var file = await world.UploadAsync(container, last);
        var keptFile = await world.UploadAsync(kept);
        await EverywhereAsync($"/v1/containers/{container}/files", file);
        await EverywhereAsync($"/v1/containers/{kept}/files", keptFile);
        await EverywhereAsync("/v1/containers", container, kept);

        using (var reference = await world.Http.PostAsync($"/v1/containers/{container}/files", Json("""{"file_id":"file-1"}"""), Token))
        {
            var second = JsonNode.Parse(await reference.Content.ReadAsStringAsync(Token))!["id"]!.GetValue<string>();
            await EverywhereAsync($"/v1/containers/{container}/files", second, file);
        }

        var before = world.ListsAsked;
        await world.DeleteAsync($"/v1/containers/{container}/files/{file}", last);
        Assert.DoesNotContain(file, Ids(await world.ListAsync(0, $"/v1/containers/{container}/files")));
        await world.HitAsync(0, $"/v1/containers/{kept}/files");
        await world.HitAsync();
        Assert.True(redis || before + 1 == world.ListsAsked);

        await world.DeleteAsync($"/v1/containers/{container}", last);
        await EverywhereAsync("/v1/containers", kept);
        using var gone = await world.SendAsync(0, $"/v1/containers/{container}/files");
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);

        async Task EverywhereAsync(string path, params string[] ids)
        {
            for (var gateway = 0; gateway < world.Gateways.Count; gateway++)
            {
                Assert.Equal(ids, Ids(await world.ListAsync(gateway, path)));
                Assert.Equal(ids, Ids(await world.HitAsync(gateway, path)));
            }
        }
    }

    [Fact]
    public async Task A_delete_that_finds_nothing_shows_that_the_list_was_old()
    {
        await using var world = await StartAsync();
        var container = await world.CreateAsync();
        var file = await world.UploadAsync(container);
        await world.ListAsync();
        await world.ListAsync(0, $"/v1/containers/{container}/files");
        world.Upstream.Delete("sk-a", container);
        await world.DeleteAsync($"/v1/containers/{container}/files/{file}", status: HttpStatusCode.NotFound);
        using (var files = await world.SendAsync(0, $"/v1/containers/{container}/files"))
        {
            Assert.Equal(HttpStatusCode.NotFound, files.StatusCode);
        }

        Assert.Equal([container], Ids(await world.ListAsync()));
        var other = await world.CreateAsync();
        world.Upstream.Delete("sk-a", other);
        Assert.Equal([other], Ids(await world.ListAsync()).Append(other).Distinct());
    }

    [Fact]
    public async Task A_write_that_was_refused_leaves_the_lists_alone()
    {
        await using var world = await StartAsync();
        await world.CreateAsync();
        await world.ListAsync();
        using (var refused = await world.Http.PostAsync(
            "/v1/containers", Json("""{"name":"c","expires_after":{"anchor":"last_active_at","minutes":99}}"""), Token))
        {
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        Assert.True(IsHit(await world.ListAsync()));
    }

    /// <summary>The upstream reads, then a write passes it, then the old answer arrives.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_list_that_was_on_its_way_during_a_write_is_not_kept(bool redis)
    {
        await using var world = await StartAsync(gateways: redis ? 2 : 1, redis: redis);
        var last = world.Gateways.Count - 1;
        await world.CreateAsync();
        var read = new TaskCompletionSource();
        var arrive = new TaskCompletionSource();
        world.Upstream.Intercept = async http =>
        {
            if (http.Request.Method != "GET" || read.Task.IsCompleted)
            {
                return false;
            }

            // What the list was before the write.
            http.Response.ContentType = "application/json";
            read.SetResult();
            await arrive.Task;
            await http.Response.Body.WriteAsync("""{"object":"list","data":[],"has_more":false}"""u8.ToArray());
            return true;
        };
        var old = world.ListAsync();
        await read.Task;
        var created = await world.CreateAsync(last);
        Assert.Contains(created, Ids(await world.ListAsync(last)));
        arrive.SetResult();
        Assert.Empty(Ids(await old));
        Assert.Contains(created, Ids(await world.ListAsync()));
        Assert.Contains(created, Ids(await world.ListAsync(last)));
    }

    /// <summary>Two names for one account: what is created through one is listed through the other.</summary>
    [Fact]
    public async Task Providers_that_share_an_account_share_its_writes()
    {
        await using var world = await StartAsync(change: settings =>
        {
            var one = settings.Providers["openai"];
            var two = one with { Name = "alias" };
            return settings with
            {
                Providers = System.Collections.Frozen.FrozenDictionary.ToFrozenDictionary([one, two], provider => provider.Name),
            };
        });
        await world.ListAsync(0, "/v1/containers?provider=alias");
        var created = await world.CreateAsync();
        Assert.Equal([created], Ids(await world.ListAsync(0, "/v1/containers?provider=alias")));
    }

    /// <summary>The create worked, its answer was lost on the way, and the client is told of an error.</summary>
    [Fact]
    public async Task A_write_whose_end_is_unknown_counts_as_one_that_worked()
    {
        await using var world = await StartAsync();
        var container = await world.CreateAsync();
        var file = await world.UploadAsync(container);
        await world.ListAsync(0, $"/v1/containers/{container}/files");
        world.Upstream.Intercept = http =>
        {
            if (http.Request.Method == "POST")
            {
                http.Abort();
                return Task.FromResult(true);
            }

            return Task.FromResult(false);
        };
        using (var form = new MultipartFormDataContent { { new StringContent("x"), "file", "b" } })
        using (var lost = await world.Http.PostAsync($"/v1/containers/{container}/files", form, Token))
        {
            Assert.Equal(HttpStatusCode.BadGateway, lost.StatusCode);
        }

        var list = await world.ListAsync(0, $"/v1/containers/{container}/files");
        Assert.False(IsHit(list));
        Assert.Equal([file], Ids(list));
    }
}
