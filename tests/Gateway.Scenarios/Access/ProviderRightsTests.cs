using Gateway.Fakes;
using Xunit;
using static Gateway.Scenarios.Access.AccessWorld;

namespace Gateway.Scenarios.Access;

/// <summary>What a key may not use does not exist for it: providers, their accounts, pins, headers of its choice, networks.</summary>
public sealed class ProviderRightsTests : IAsyncLifetime
{
    private FakeOpenAI _upstream = null!;
    private AccessWorld _world = null!;

    public async ValueTask InitializeAsync()
    {
        _upstream = await FakeOpenAI.StartAsync("sk-a", "sk-b");
        _world = await AccessWorld.StartAsync(Of(
            $$"""
            "local": {},
            "lab": {
              "keys": [ { "name": "a", "value": "env.A" }, { "name": "b", "value": "env.B" } ],
              "network_config": { "base_url": "{{_upstream.Url}}" }, "custom_provider_config": { "base_provider_type": "openai" }
            },
            "other": {
              "keys": [ { "name": "a", "value": "env.A" } ],
              "network_config": { "base_url": "{{_upstream.Url}}" }, "custom_provider_config": { "base_provider_type": "openai" }
            }
            """,
            $$"""
            { "name": "ann", "value": "{{Ann}}", "containers": "all", "provider_configs": [ { "provider": "lab", "key_ids": [ "b" ] } ] },
            { "name": "bob", "value": "{{Bob}}", "allow_pinning": true, "allow_forwarded_headers": true,
              "network_policies": [ "disabled" ], "provider_configs": [ { "provider": "local" }, { "provider": "lab" } ] },
            { "name": "none", "value": "sk-bf-none-0123456789abcdefghij" }
            """),
            null, ("A", "sk-a"), ("B", "sk-b"));
    }

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        await _upstream.DisposeAsync();
    }

    [Theory]
    [InlineData("other")]
    [InlineData("local")]
    [InlineData("nowhere")]
    [InlineData("other,local")]
    public async Task Provider_that_is_not_allowed_is_refused_whether_it_exists_or_not(string provider)
    {
        var error = await ErrorAsync(_world.ListAsync("/v1", ("x-bf-vk", Ann), ("x-bf-provider", provider)), 403, "provider_blocked");
        Assert.Equal($"Provider '{provider.Split(',')[0]}' is not allowed for this virtual key", error["error"]!["message"]!.GetValue<string>());
        Assert.Equal("policy_provider_blocked", error["extra_fields"]!["error_type"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("/v1/containers")]
    [InlineData("/v1/containers?provider=*")]
    [InlineData("/v1/containers?provider=lab,other,local")]
    [InlineData("/openai/v1/containers")]
    public async Task List_of_several_shows_what_is_allowed_and_nothing_of_the_rest(string path)
    {
        _upstream.Create("sk-a");
        var seen = _upstream.Create("sk-b");
        var list = await OkAsync(_world.SendAsync(HttpMethod.Get, path, null, ("x-bf-vk", Ann)));
        Assert.Equal([seen], Ids(list));
        Assert.DoesNotContain(_upstream.Requests, request => request.Headers["Authorization"] == "Bearer sk-a");
    }

    [Fact]
    public async Task Only_provider_of_a_key_is_its_default_and_only_its_account_takes_containers()
    {
        var id = await IdAsync(_world.SendAsync(HttpMethod.Post, "/v1/containers", """{ "name": "x" }""", ("x-bf-vk", Ann)));
        Assert.Equal([id], _upstream.IdsOf("sk-b"));
        Assert.Empty(_upstream.IdsOf("sk-a"));
    }

    [Fact]
    public async Task Container_of_an_account_that_is_not_allowed_is_missing()
    {
        var hidden = _upstream.Create("sk-a");
        await ErrorAsync(_world.SendAsync(HttpMethod.Get, $"/v1/containers/{hidden}", null, ("x-bf-vk", Ann)), 404);
    }

    [Theory]
    [InlineData("x-bf-api-key", "b", "pinning_not_allowed")]
    [InlineData("x-bf-api-key-id", "b", "pinning_not_allowed")]
    [InlineData("X-BF-EH-Zone", "eu", "header_not_allowed")]
    [InlineData("x-bf-eh-cookie", "a=b", "header_not_allowed")]
    public async Task Pins_and_headers_of_its_choice_are_refused_naming_the_header(string header, string value, string code)
    {
        var error = await ErrorAsync(_world.ListAsync("/v1", ("x-bf-vk", Ann), (header, value)), 403, code);
        Assert.Equal(header, error["error"]!["param"]!.GetValue<string>(), ignoreCase: true);
        Assert.Empty(_upstream.Requests);
    }

    [Fact]
    public async Task Account_is_named_to_those_who_may_choose_it_and_to_nobody_else()
    {
        using var chosen = await _world.SendAsync(
            HttpMethod.Post, "/v1/containers", """{ "name": "x", "provider": "lab", "network_policy": { "type": "disabled" } }""",
            ("x-bf-vk", Bob), ("x-bf-api-key", "b"), ("x-bf-eh-zone", "eu"));
        var body = await OkAsync(Task.FromResult(chosen));
        Assert.Equal("b", body["extra_fields"]!["routing_info"]!["key"]!.GetValue<string>());
        Assert.Equal("b", Assert.Single(chosen.Headers.GetValues("x-bifrost-routing-info-key")));
        Assert.Equal("eu", _upstream.Requests.Last().Headers["zone"]);

        await using var world = await AccessWorld.StartAsync(Of(
            $$"""
            "local": {}, "lab": { "keys": [ { "name": "secret-account", "value": "env.B" } ],
              "network_config": { "base_url": "{{_upstream.Url}}" }, "custom_provider_config": { "base_provider_type": "openai" } }
            """,
            Key("ann", Ann)), null, ("B", "sk-b"));
        using var plain = await world.SendAsync(HttpMethod.Post, "/v1/containers", """{ "name": "x", "provider": "lab" }""", ("x-bf-vk", Ann));
        Assert.DoesNotContain("secret-account", (await OkAsync(Task.FromResult(plain))).ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(plain.Headers, header => header.Value.Contains("secret-account"));
    }

    [Theory]
    [InlineData("")]
    [InlineData(""", "network_policy": { "type": "allowlist", "allowed_domains": [ "a.example" ] }""")]
    [InlineData(""", "network_policy": {}""")]
    [InlineData(""", "network_policy": null""")]
    public async Task Network_policy_that_is_not_allowed_is_refused_also_when_none_is_given(string policy)
    {
        var error = await ErrorAsync(
            _world.SendAsync(HttpMethod.Post, "/v1/containers", $$"""{ "name": "x"{{policy}} }""", ("x-bf-vk", Bob)), 403,
            "network_policy_not_allowed");
        Assert.Contains("of type disabled", error["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_without_providers_may_use_none()
    {
        const string None = "sk-bf-none-0123456789abcdefghij";
        foreach (var path in new[] { "/v1/containers", "/v1/containers?provider=*", "/v1/containers/cntr_1", "/openai/containers?provider=lab" })
        {
            await ErrorAsync(_world.SendAsync(HttpMethod.Get, path, null, ("x-bf-vk", None)), 403, "provider_blocked");
        }
    }
}
