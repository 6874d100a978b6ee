using System.Net;
using Gateway.Fakes;
using Xunit;
using static Gateway.Scenarios.Accounts.AccountsWorld;

namespace Gateway.Scenarios.Accounts;

/// <summary>An owner that is not known is looked for once, side by side, and what was found is remembered.</summary>
public sealed class OwnerSearchTests
{
    [Fact]
    public async Task Container_that_nobody_has_is_asked_for_once_and_soon_again()
    {
        await using var world = await StartAsync(time: new ManualTime());
        var missing = await ErrorAsync(world.GetAsync("cntr_none"), 404);
        Assert.Equal(3, world.Upstream.Requests.Count);
        Assert.Contains("cntr_none", missing["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        for (var i = 0; i < 5; i++)
        {
            await ErrorAsync(world.Http.GetAsync("/v1/containers/cntr_none/files"), 404);
        }

        Assert.Equal(3, world.Upstream.Requests.Count);
    }

    [Fact]
    public async Task One_slow_account_holds_no_search_for_an_owner_up()
    {
        // Whoever waits for the slow one waits longer than the test.
        await using var world = await StartAsync(Quick with { RequestTimeout = TimeSpan.FromHours(1) });
        var id = world.Upstream.Create("sk-c");
        world.Upstream.Intercept = async http =>
        {
            if (FakeOpenAI.KeyOf(http) == "sk-a")
            {
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return true;
            }

            return false;
        };
        await OkAsync(world.GetAsync(id));
    }

    [Theory]
    [InlineData(429, 429)]
    [InlineData(503, 503)]
    [InlineData(500, 502)]
    [InlineData(401, 502)]
    public async Task Not_found_is_said_only_when_every_account_says_so(int upstream, int status)
    {
        var time = new ManualTime();
        await using var world = await StartAsync(time: time);
        world.Refuse(upstream, "sk-b");
        var error = await ErrorAsync(world.GetAsync("cntr_none"), status);
        Assert.Equal("key-2", error["extra_fields"]!["routing_info"]!["key"]!.GetValue<string>());
        world.Upstream.Intercept = null;
        time.Advance(TimeSpan.FromSeconds(3));
        await ErrorAsync(world.GetAsync("cntr_none"), 404);
    }

    [Theory]
    [InlineData(429, 429)]
    [InlineData(503, 503)]
    public async Task The_owners_trouble_is_not_masked_by_others(int upstream, int status)
    {
        await using var world = await StartAsync();
        var id = (await world.CreateAsync())["id"]!.GetValue<string>();
        var owner = FakeKey(world);
        world.Refuse(upstream, owner);
        world.Upstream.Requests.Clear();
        using var response = await world.GetAsync(id);
        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal("3", response.Headers.GetValues("Retry-After").Single());
        Assert.Equal([owner], world.Upstream.RequestsByKey.Keys);
    }

    [Fact]
    public async Task A_key_that_means_another_account_is_not_believed()
    {
        await using var upstream = await FakeOpenAI.StartAsync(Keys);
        var data = Directory.CreateTempSubdirectory("gateway-accounts-").FullName;
        try
        {
            string id;
            await using (var gateway = await StartAsync(upstream, data, "sk-a", "sk-b"))
            {
                id = await IdAsync(gateway.Client.PostAsync("/v1/containers", Json("""{"name":"c"}""")));
            }

            // The keys change places: the name that owned the container now opens the other account.
            await using (var gateway = await StartAsync(upstream, data, "sk-b", "sk-a"))
            {
                await OkAsync(gateway.Client.GetAsync($"/v1/containers/{id}"));

                // Now it is known. Of the search a request that nobody waits for any more may still arrive.
                Assert.Equal(1, AttemptsOf(await OkAsync(gateway.Client.GetAsync($"/v1/containers/{id}/files"))));
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }

        static Task<RunningGateway> StartAsync(FakeOpenAI upstream, string data, params string[] keys) =>
            RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(upstream.Url, keys: keys)), dataDirectory: data);
    }

    [Theory]
    [InlineData("/v1")]
    [InlineData("/openai/v1")]
    public async Task The_provider_is_inferred_from_the_owner(string surface)
    {
        await using var openai = await FakeOpenAI.StartAsync("sk-a", "sk-b");
        await using var azure = await FakeOpenAI.StartAzureAsync();
        openai.IdOf = static order => $"openai{order}";
        azure.IdOf = static order => $"azure{order}";
        await using var gateway = await RunningGateway.StartAsync(
            TestSettings.Of(TestSettings.OpenAI(openai.Url, keys: ["sk-a", "sk-b"]), TestSettings.Keyed("azure", azure.Url, "azure-key")));
        var there = await OkAsync(gateway.Client.PostAsync($"{surface}/containers", Json("""{"name":"c","provider":"azure"}""")));
        var here = await OkAsync(gateway.Client.PostAsync($"{surface}/containers", Json("""{"name":"c"}""")));
        foreach (var (container, provider) in new[] { (there, "azure"), (here, "openai") })
        {
            var path = $"{surface}/containers/{container["id"]!.GetValue<string>()}";
            Assert.Equal(provider, (await OkAsync(gateway.Client.GetAsync(path)))["extra_fields"]!["provider"]!.GetValue<string>());
            using var form = new MultipartFormDataContent { { new ByteArrayContent([1]), "file", "a" } };
            await OkAsync(gateway.Client.PostAsync($"{path}/files", form));
            await OkAsync(gateway.Client.GetAsync($"{path}/files"));
            await OkAsync(gateway.Client.DeleteAsync(path));
        }

        // Whoever names a provider is answered by that one.
        using var wrong = await gateway.Client.GetAsync($"{surface}/containers/{there["id"]!.GetValue<string>()}?provider=openai");
        Assert.Equal(HttpStatusCode.NotFound, wrong.StatusCode);
    }

    private static string FakeKey(AccountsWorld world) => world.Upstream.RequestsByKey.Keys.Single();
}
