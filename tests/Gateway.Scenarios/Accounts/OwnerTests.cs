using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Accounts;

/// <summary>With several keys, a call about a container goes to the account that owns it, and only there.</summary>
public sealed class OwnerTests
{
    private static readonly string[] s_keys = ["sk-a", "sk-b", "sk-c"];

    [Fact]
    public async Task Every_operation_on_a_container_goes_to_its_owner_alone()
    {
        await using var upstream = await FakeOpenAI.StartAsync(s_keys);
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(upstream.Url, keys: s_keys)));
        var owners = new Dictionary<string, string>();
        for (var i = 0; i < 30; i++)
        {
            var container = await OkAsync(gateway.Client.PostAsync("/v1/containers", Json($$"""{"name":"c{{i}}"}""")));
            owners[container["id"]!.GetValue<string>()] = upstream.Requests.Last().Headers["Authorization"];
        }

        Assert.Equal(3, owners.Values.Distinct().Count());
        upstream.Requests.Clear();
        foreach (var (id, key) in owners)
        {
            using var form = new MultipartFormDataContent { { new ByteArrayContent([1, 2, 3]), "file", "a.bin" } };
            var file = await IdAsync(gateway.Client.PostAsync($"/v1/containers/{id}/files", form));
            await OkAsync(gateway.Client.GetAsync($"/v1/containers/{id}"));
            await OkAsync(gateway.Client.GetAsync($"/v1/containers/{id}/files"));
            await OkAsync(gateway.Client.GetAsync($"/v1/containers/{id}/files/{file}"));
            Assert.Equal([1, 2, 3], await gateway.Client.GetByteArrayAsync($"/v1/containers/{id}/files/{file}/content"));
            await OkAsync(gateway.Client.DeleteAsync($"/v1/containers/{id}/files/{file}"));
            await OkAsync(gateway.Client.DeleteAsync($"/v1/containers/{id}"));
            Assert.Equal(7, upstream.Requests.Count);
            Assert.All(upstream.Requests, request => Assert.Equal(key, request.Headers["Authorization"]));
            upstream.Requests.Clear();
        }
    }

    [Fact]
    public async Task An_unknown_owner_is_found_by_asking_once_and_then_known()
    {
        await using var upstream = await FakeOpenAI.StartAsync(s_keys);
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(upstream.Url, keys: s_keys)));
        var id = await CreateDirectlyAsync(upstream, "sk-c");
        upstream.Requests.Clear();

        await OkAsync(gateway.Client.GetAsync($"/v1/containers/{id}/files"));

        // Each account once at most, the owner twice: whoever is late need not be asked any more.
        Assert.InRange(upstream.Requests.Count, 2, 4);
        Assert.Equal(1, AccountsWorld.AttemptsOf(await OkAsync(gateway.Client.GetAsync($"/v1/containers/{id}"))));
    }

    [Fact]
    public async Task Lists_are_merged_in_order_over_accounts()
    {
        await using var upstream = await FakeOpenAI.StartAsync(s_keys);
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(upstream.Url, keys: s_keys)));
        var ids = new List<string>();
        for (var i = 0; i < 25; i++)
        {
            ids.Add(await CreateDirectlyAsync(upstream, s_keys[i % 3]));
        }

        var seen = new List<string>();
        string? after = null;
        do
        {
            var page = await OkAsync(gateway.Client.GetAsync("/v1/containers?limit=4" + (after is null ? "" : $"&after={after}")));
            seen.AddRange(Ids(page));
            after = page["has_more"]!.GetValue<bool>() ? page["last_id"]!.GetValue<string>() : null;
        }
        while (after is not null);
        ids.Reverse();
        Assert.Equal(ids, seen);
    }

    private static async Task<string> CreateDirectlyAsync(FakeOpenAI upstream, string key)
    {
        using var http = new HttpClient { DefaultRequestHeaders = { { "Authorization", $"Bearer {key}" } } };
        return await IdAsync(http.PostAsync(upstream.Url + "/v1/containers", Json("""{"name":"direct"}""")));
    }
}
