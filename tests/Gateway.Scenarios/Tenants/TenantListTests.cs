using System.Text.Json;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Tenants;

/// <summary>A tenant's list is the list of an account that is its own.</summary>
public sealed class TenantListTests
{
    [Theory]
    [InlineData("local", 1, "desc", 20)]
    [InlineData("openai", 1, "desc", 20)]
    [InlineData("openai", 1, "asc", 7)]
    [InlineData("openai", 2, "desc", 100)]
    [InlineData("openai", 2, "asc", 1)]
    public async Task Pages_are_full_and_joined_they_are_exactly_the_tenants_own(string provider, int accounts, string order, int limit)
    {
        await using var world = await TenantWorld.StartAsync(provider, accounts, NoCache);
        var mine = new List<string>();
        for (var i = 0; i < 12; i++)
        {
            // Foreign containers in runs longer than a page of the upstream's, and nobody's.
            for (var foreign = 0; provider == "openai" && foreign < (i == 5 ? 230 : 9); foreign++)
            {
                world.Upstream.Create(foreign % 2 == 0 || accounts == 1 ? "sk-a" : "sk-b");
            }

            await world.Bob.CreateAsync(new { name = "even" });
            mine.Add(await world.Ann.CreateAsync(new { name = i % 2 == 0 ? "even" : "odd" }));
        }

        var expected = order == "asc" ? mine : mine.AsEnumerable().Reverse().ToList();
        Assert.Equal(expected, await WalkAsync(world.Ann, $"order={order}&limit={limit}", limit));

        // Those of one second are in the order of their ids in a list of several providers.
        Assert.Equal(expected.Order(), (await WalkAsync(world.Amy, $"order={order}&limit={limit}&provider=*", limit)).Order());
        var odd = expected.Where(id => mine.IndexOf(id) % 2 == 1);
        Assert.Equal(odd, await WalkAsync(world.Ann, $"order={order}&limit={limit}&name=odd", limit));
    }

    [Theory]
    [InlineData("local")]
    [InlineData("openai")]
    public async Task Cached_list_is_the_tenants_and_shows_no_write_of_another(string provider)
    {
        await using var world = await TenantWorld.StartAsync(provider);
        var ann = await world.Ann.CreateAsync();
        await ListAsync(world.Ann);
        await ListAsync(world.Ops);
        Assert.Equal((ann, true), await ListAsync(world.Amy));

        // Neither what another makes shows, nor that it was made: not at once, and not in what is asked again.
        var bob = await world.Bob.CreateAsync();
        Assert.Equal((ann, true), await ListAsync(world.Ann));
        Assert.Equal((bob, false), await ListAsync(world.Bob));

        // Who sees all sees it at once, and what he does everybody.
        Assert.Equal(($"{bob} {ann}", false), await ListAsync(world.Ops));
        (await world.Ops.DeleteAsync($"/v1/containers/{ann}")).Ok();
        Assert.Equal(("", false), await ListAsync(world.Ann));

        // A call about another's container changes nothing for its owner.
        await ListAsync(world.Bob);
        await ErrorAsync(world.Ann.DeleteAsync($"/v1/containers/{bob}"), 404);
        Assert.Equal((bob, true), await ListAsync(world.Bob));
    }

    [Theory]
    [InlineData("local")]
    [InlineData("openai")]
    public async Task Cached_list_of_files_is_the_tenants_and_shows_no_call_of_another(string provider)
    {
        await using var world = await TenantWorld.StartAsync(provider, others: "\"cache\": { \"file_list_ttl_seconds\": 60 },");
        var ann = await world.Ann.CreateAsync();
        Assert.Equal(("", false), await ListAsync(world.Ann, $"/{ann}/files"));
        await ErrorAsync(world.Bob.SendUploadAsync(ann, new ByteArrayContent([1])), 404);
        Assert.Equal(("", true), await ListAsync(world.Ann, $"/{ann}/files"));

        var file = (await world.Amy.UploadAsync(ann, [1])).Id();
        Assert.Equal((file, false), await ListAsync(world.Ann, $"/{ann}/files"));
        Assert.Equal((file, false), await ListAsync(world.Ops, $"/{ann}/files"));
        (await world.Ops.DeleteAsync($"/v1/containers/{ann}/files/{file}")).Ok();
        Assert.Equal(("", false), await ListAsync(world.Ann, $"/{ann}/files"));
    }

    private const string NoCache = "\"cache\": { \"enabled\": false },";

    private static async Task<(string Ids, bool IsHit)> ListAsync(HttpClient client, string below = "")
    {
        var list = await client.ReadAsync($"/v1/containers{below}");
        return (string.Join(' ', list.Data("id")), list.GetProperty("extra_fields").GetProperty("cache_debug").GetProperty("cache_hit").GetBoolean());
    }

    private static async Task<List<string>> WalkAsync(HttpClient client, string query, int limit)
    {
        var all = new List<string>();
        string? after = null;
        JsonElement page;
        do
        {
            page = await client.ReadAsync($"/v1/containers?{query}{(after is null ? "" : "&after=" + after)}");
            var ids = page.Data("id");
            Assert.True(ids.Count == limit || !page.GetProperty("has_more").GetBoolean());
            Assert.True(ids.Count > 0 || after is null);
            all.AddRange(ids);
            after = page.GetProperty("last_id").GetString();
        }
        while (page.GetProperty("has_more").GetBoolean());
        return all;
    }
}
