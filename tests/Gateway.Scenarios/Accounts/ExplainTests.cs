using System.Text.Json.Nodes;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Accounts;

/// <summary>`/explain` says where a call would go and why, and asks nobody.</summary>
public sealed class ExplainTests
{
    private static readonly string[] s_keys = ["sk-upstream-a", "sk-upstream-b"];

    [Fact]
    public async Task Explain_page_names_the_owner_the_draw_the_search_and_the_pin_without_asking_upstream()
    {
        await using var upstream = await FakeOpenAI.StartAsync(s_keys);
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(upstream.Url, keys: s_keys)));
        using var created = await gateway.Client.PostAsync(
            "/v1/containers", Json("""{"name":"c"}"""));
        var id = JsonNode.Parse(await created.Content.ReadAsStringAsync())!["id"]!.GetValue<string>();
        var owner = created.Headers.GetValues("x-bifrost-routing-info-key").Single();
        upstream.Requests.Clear();

        var owned = await ExplainAsync(gateway, $"operation=container_retrieve&container_id={id}");
        Assert.Equal("the ledger knows the owner", owned["reason"]!.GetValue<string>());
        Assert.Equal(owner, Asked(owned).Single());

        var unknown = await ExplainAsync(gateway, "operation=container_delete&container_id=cntr_unknown&provider=openai");
        Assert.Contains("not known", unknown["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(2, Asked(unknown).Count);

        var drawn = await ExplainAsync(gateway, "operation=container_create");
        Assert.Equal("default_provider", drawn["provider_because"]!.GetValue<string>());
        Assert.Equal(2, Asked(drawn).Count);

        var pinned = await ExplainAsync(gateway, "operation=container_create&key=key-2");
        Assert.Equal("key-2", Asked(pinned).Single());

        Assert.Contains(
            "merged", (await ExplainAsync(gateway, "operation=container_list&provider=*"))["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.NotNull((await ExplainAsync(gateway, "operation=container_list&provider=nobody"))["refused"]);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task Explain_page_shows_an_account_that_is_out_and_never_a_secret()
    {
        await using var upstream = await FakeOpenAI.StartAsync("sk-upstream-b");
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(upstream.Url, keys: s_keys)));
        for (var i = 0; i < 20; i++)
        {
            using var created = await gateway.Client.PostAsync(
                "/v1/containers", Json("""{"name":"c"}"""));
            Assert.True(created.IsSuccessStatusCode);
        }

        var text = await gateway.Client.GetStringAsync(gateway.AdminUrl + "/explain?operation=container_create");
        Assert.DoesNotContain("sk-upstream", text, StringComparison.Ordinal);
        var accounts = JsonNode.Parse(text)!["accounts_of_openai"]!.AsArray();
        Assert.Equal("out", accounts[0]!["state"]!.GetValue<string>());
        Assert.Equal("credential", accounts[0]!["because"]!.GetValue<string>());
        Assert.Equal("available", accounts[1]!["state"]!.GetValue<string>());

        var ready = JsonNode.Parse(await gateway.Client.GetStringAsync(gateway.AdminUrl + "/readyz"))!;
        Assert.Equal("out", ready["accounts"]![0]!["state"]!.GetValue<string>());
        Assert.Equal("ok", ready["ledger"]!.GetValue<string>());
    }

    [Fact]
    public async Task Explain_page_shows_that_the_last_account_is_used_all_the_same_unless_it_has_asked_to_wait()
    {
        await using var upstream = await FakeOpenAI.StartAsync("sk-other");
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.OpenAI(upstream.Url, keys: s_keys)));
        await RefusedAsync();
        var failing = await ExplainAsync(gateway, "operation=container_create");
        Assert.Equal(2, Asked(failing).Count);
        Assert.Contains("soonest", failing["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("failing", failing["accounts_of_openai"]![0]!["state"]!.GetValue<string>());

        upstream.Intercept = http =>
        {
            http.Response.StatusCode = 429;
            http.Response.Headers.RetryAfter = "600";
            return Task.FromResult(true);
        };
        await RefusedAsync();
        var waiting = await ExplainAsync(gateway, "operation=container_create");
        Assert.Contains("429", waiting["reason"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("out", waiting["accounts_of_openai"]![0]!["state"]!.GetValue<string>());
        Assert.InRange(waiting["accounts_of_openai"]![0]!["create_again_in_seconds"]!.GetValue<int>(), 1, 600);
        Assert.DoesNotContain(
            "429", (await ExplainAsync(gateway, "operation=container_list"))["reason"]!.GetValue<string>(), StringComparison.Ordinal);

        async Task RefusedAsync()
        {
            using var refused = await gateway.Client.PostAsync(
                "/v1/containers", Json("""{"name":"c"}"""));
            Assert.False(refused.IsSuccessStatusCode);
        }
    }

    private static List<string> Asked(JsonNode explained) =>
        [.. explained["accounts_of_openai"]!.AsArray().Where(account => account!["asked"] is not null)
            .OrderBy(account => account!["asked"]!.GetValue<int>()).Select(account => account!["key"]!.GetValue<string>())];

    private static async Task<JsonNode> ExplainAsync(RunningGateway gateway, string query) =>
        JsonNode.Parse(await gateway.Client.GetStringAsync($"{gateway.AdminUrl}/explain?{query}"))!;
}
