using System.Globalization;
using System.Net;
using Gateway.Access;
using Gateway.Api;
using Gateway.Fakes;
using Gateway.Providers.Contract;
using Gateway.Scenarios.Hostile;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Gateway.Scenarios.Access.AccessWorld;

namespace Gateway.Scenarios.Access;

/// <summary>Who presents a key that is known is let in, wherever clients put keys; nobody else is.</summary>
public sealed class ClientKeyTests
{
    [Theory]
    [InlineData("Authorization", "Bearer " + Ann)]
    [InlineData("Authorization", "bearer   " + Ann)]
    [InlineData("Authorization", Ann)]
    [InlineData("authorization", "SK-BF-" + "Q2xpZW50IGtleSBvZiBBbm4sIGZvciB0ZXN0cy4x")]
    [InlineData("x-bf-vk", Ann)]
    [InlineData("X-API-Key", Ann)]
    [InlineData("api-key", Ann)]
    [InlineData("x-goog-api-key", Ann)]
    public async Task Key_is_read_wherever_clients_put_it(string header, string value)
    {
        await using var world = await AccessWorld.StartAsync(Local(Key("ann", Ann)));
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync((header, value)));
    }

    [Theory]
    [InlineData("/v1", null, null, 401, "virtual_key_required", "virtual_key_required")]
    [InlineData("/v1", "Authorization", "Bearer ", 401, "virtual_key_required", "virtual_key_required")]
    [InlineData("/v1", "Authorization", "Basic dXNlcjpwYXNz", 401, "virtual_key_required", "virtual_key_required")]
    [InlineData("/v1", "Authorization", "not-a-scheme", 401, "virtual_key_required", "virtual_key_required")]
    [InlineData("/v1", "Authorization", "Bearer " + Bob, 403, "virtual_key_not_found", "virtual_key_not_found")]
    [InlineData("/v1", "Authorization", "Bearer " + Ann + ", Bearer " + Ann, 403, "virtual_key_not_found", "virtual_key_not_found")]
    [InlineData("/v1", "x-api-key", Ann + "x", 403, "virtual_key_not_found", "virtual_key_not_found")]
    [InlineData("/v1", "x-bf-vk", "sk-bf-off-0123456789abcdefghij", 403, "virtual_key_blocked", "virtual_key_blocked")]
    [InlineData("/v1", "x-bf-vk", "sk-bf-old-0123456789abcdefghij", 403, "virtual_key_blocked", "virtual_key_blocked")]
    [InlineData("/openai/v1", null, null, 401, "invalid_request_error", "invalid_api_key")]
    [InlineData("/openai", "Authorization", "Bearer " + Bob, 401, "invalid_request_error", "invalid_api_key")]
    [InlineData("/openai/v1", "api-key", "sk-bf-old-0123456789abcdefghij", 401, "invalid_request_error", "invalid_api_key")]
    [InlineData("/openai/v1", "api-key", "sk-bf-off-0123456789abcdefghij", 403, "virtual_key_blocked", "virtual_key_blocked")]
    public async Task Request_without_a_good_key_is_refused_in_the_words_of_its_surface(
        string surface, string? header, string? value, int status, string type, string code)
    {
        await using var world = await AccessWorld.StartAsync(Local(
            $"{Key("ann", Ann)}, {Key("off", "sk-bf-off-0123456789abcdefghij", ", \"is_active\": false")}, "
            + Key("old", "sk-bf-old-0123456789abcdefghij", ", \"expires_at\": \"2024-01-01T00:00:00Z\"")));
        (string, string)[] headers = header is null ? [] : [(header, value!)];
        using var answer = await world.ListAsync(surface, headers);
        var error = await ErrorAsync(Task.FromResult(answer), status, code);
        Assert.Equal((type, type), (error["type"]!.GetValue<string>(), error["error"]!["type"]!.GetValue<string>()));
        Assert.Equal(status == 401, answer.Headers.WwwAuthenticate.Any(scheme => scheme.Scheme == "Bearer"));
        Assert.Equal("policy_access_denied", error["extra_fields"]!["error_type"]!.GetValue<string>());
    }

    [Fact]
    public async Task Two_places_must_hold_the_same_key()
    {
        await using var world = await AccessWorld.StartAsync(Local($"{Key("ann", Ann)}, {Key("bob", Bob)}"));
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync(("Authorization", $"Bearer {Ann}"), ("x-bf-vk", Ann)));
        var error = await ErrorAsync(
            world.ListAsync("/v1", ("Authorization", $"Bearer {Ann}"), ("x-api-key", Bob)), 400, "contradicting_credentials");
        Assert.Contains("Authorization and x-api-key", error["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expiry_is_judged_at_each_call()
    {
        var time = new ManualTime();
        var end = time.GetUtcNow().AddMinutes(5);
        await using var world = await AccessWorld.StartAsync(Local(Key("ann", Ann, $", \"expires_at\": \"{end:yyyy-MM-ddTHH:mm:ssZ}\"")), time);
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync(("x-bf-vk", Ann)));
        time.Advance(TimeSpan.FromMinutes(5));
        var error = await ErrorAsync(world.ListAsync("/v1", ("x-bf-vk", Ann)), 403, "virtual_key_blocked");
        Assert.Contains("expired", error["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_endpoint_of_clients_carries_the_policy()
    {
        await using var world = await AccessWorld.StartAsync(Local(Key("ann", Ann)));
        var endpoints = world.Gateway.Services.GetRequiredService<EndpointDataSource>().Endpoints;
        Assert.True(endpoints.Count > ApiSurface.All.Length * Operation.All.Length);
        Assert.All(endpoints, endpoint =>
        {
            Assert.NotEmpty(endpoint.Metadata.GetOrderedMetadata<IAuthorizeData>());

            // The scripts of the page in /docs, which are anybody's.
            var isScript = endpoint.DisplayName!.Contains("/docs/", StringComparison.Ordinal);
            Assert.True(isScript || endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null);
            Assert.Same(AccessSetup.Policy, Assert.Single(endpoint.Metadata.GetOrderedMetadata<AuthorizationPolicy>()));
        });
        foreach (var surface in ApiSurface.All)
        {
            foreach (var operation in Operation.All)
            {
                var path = surface.Base + operation.Route.Replace("{container_id}", "c_1", StringComparison.Ordinal)
                    .Replace("{file_id}", "f_1", StringComparison.Ordinal);
                using var answer = await world.SendAsync(new HttpMethod(operation.Method), path);
                Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            }
        }
    }

    [Theory]
    [InlineData("HEAD", "/v1/containers", 401)]
    [InlineData("GET", "/V1/Containers", 401)]
    [InlineData("GET", "//v1/containers", 404)]
    [InlineData("GET", "/v1/containers/", 401)]
    [InlineData("GET", "/openai/v1/containers/c/../../containers", 400)]
    [InlineData("GET", "/%76%31/containers", 401)]
    [InlineData("GET", "/v1/containers?key=" + Ann, 401)]
    [InlineData("GET", "/v1/containers?x-bf-vk=" + Ann, 401)]
    [InlineData("PATCH", "/v1/containers", 405)]
    [InlineData("GET", "/docs", 401)]
    [InlineData("GET", "/openapi/v1.json", 401)]
    [InlineData("GET", "/nothing", 404)]
    public async Task No_spelling_of_a_path_gets_around_the_key(string method, string path, int status)
    {
        await using var world = await AccessWorld.StartAsync(Local(Key("ann", Ann)));
        using var raw = new HttpRequestMessage(new HttpMethod(method), new Uri(world.Gateway.Url + path, new UriCreationOptions
        {
            DangerousDisablePathAndQueryCanonicalization = true,
        }));
        using var answer = await world.Client.SendAsync(raw);
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Whitelisted_paths_need_no_key_and_the_api_still_does()
    {
        await using var world = await AccessWorld.StartAsync(Local(
            Key("ann", Ann), """ "client": { "whitelisted_routes": [ "/docs*", "/openapi/v1.json" ] }, """));
        Assert.Equal(HttpStatusCode.OK, (await world.SendAsync(HttpMethod.Get, "/openapi/v1.json")).StatusCode);
        Assert.NotEqual(HttpStatusCode.Unauthorized, (await world.SendAsync(HttpMethod.Get, "/docs")).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await world.StatusAsync());
    }

    [Fact]
    public async Task Callers_without_a_key_are_one_tenant_where_the_file_lets_them_in()
    {
        await using var world = await AccessWorld.StartAsync(Local(
            Key("ann", Ann), """ "client": { "enforce_auth_on_inference": false }, """));
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync());
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync(("Authorization", "Bearer sk-whatever")));
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync(("Authorization", $"Bearer {Ann}")));
        Assert.Equal(HttpStatusCode.Forbidden, await world.StatusAsync(("Authorization", $"Bearer {Bob}")));
    }

    [Fact]
    public async Task Headers_that_are_required_are_asked_for_first()
    {
        await using var world = await AccessWorld.StartAsync(Local(
            Key("ann", Ann), """ "client": { "required_headers": [ "X-Team", "X-Cost" ] }, """));
        var error = await ErrorAsync(world.ListAsync("/v1", ("x-team", "a")), 400, "missing_required_headers");
        Assert.Equal("missing required headers: X-Cost", error["error"]!["message"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync(("x-team", "a"), ("x-cost", "1"), ("x-bf-vk", Ann)));
    }

    [Fact]
    public async Task Key_of_the_environment_is_enough_for_the_simplest_case()
    {
        await using var world = await AccessWorld.StartAsync(
            """{ "default_provider": "local", "providers": { "local": {} } }""", null, ("GATEWAY_CLIENT_KEY", "a-key-of-our-own-0123456789abcdef"));
        Assert.Equal(HttpStatusCode.Unauthorized, await world.StatusAsync());
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync(("Authorization", "Bearer a-key-of-our-own-0123456789abcdef")));
        Assert.Equal(HttpStatusCode.Forbidden, await world.StatusAsync(("Authorization", "Bearer A-key-of-our-own-0123456789abcdef")));
    }

    [Fact]
    public async Task Refused_upload_is_answered_without_its_body_being_kept()
    {
        await using var world = await AccessWorld.StartAsync(Local(Key("ann", Ann)));
        using var answer = await world.Client.SendUploadAsync("cntr_1", new ByteArrayContent(new byte[4 << 20]));
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    [Fact]
    public async Task Live_edit_adds_blocks_and_removes_keys()
    {
        await using var world = await AccessWorld.StartAsync(Local(Key("ann", Ann)));
        Assert.Equal(HttpStatusCode.Forbidden, await world.StatusAsync(("x-bf-vk", Bob)));
        await File.WriteAllTextAsync(world.FileName, Local($"{Key("ann", Ann, ", \"is_active\": false")}, {Key("bob", Bob)}"));
        await Until.TrueAsync(async () => await world.StatusAsync(("x-bf-vk", Bob)) == HttpStatusCode.OK, "the new key is not known");
        Assert.Equal(HttpStatusCode.Forbidden, await world.StatusAsync(("x-bf-vk", Ann)));
        await File.WriteAllTextAsync(world.FileName, Local(Key("ann", Ann)));
        await Until.TrueAsync(async () => await world.StatusAsync(("x-bf-vk", Bob)) == HttpStatusCode.Forbidden, "the removed key is still known");
        Assert.Equal(HttpStatusCode.OK, await world.StatusAsync(("x-bf-vk", Ann)));
    }

    [Theory]
    [InlineData("Authorization: Bearer {0}\nAuthorization: Bearer {0}", 400)]
    [InlineData("x-bf-vk: {0}\nX-BF-VK: {0}", 400)]
    [InlineData("Authorization: Bearer {0}\nAuthorization: Bearer {1}", 400)]
    [InlineData("Authorization: Bearer {0}\nx-goog-api-key: {1}", 400)]
    [InlineData("Authorization:\nx-bf-vk:   {0}  ", 200)]
    [InlineData("Authorization: Basic dTpw\nx-bf-vk: {0}", 200)]
    [InlineData("Authorization: Bearer\t{0}", 200)]
    [InlineData("Authorization: Bearer{0}", 401)]
    [InlineData("Authorization : Bearer {0}", 400)]
    [InlineData("x-bf-vk: {0},{1}", 403)]
    public async Task Key_is_read_the_same_by_everybody_on_the_way(string headers, int status)
    {
        await using var world = await AccessWorld.StartAsync(Local($"{Key("ann", Ann)}, {Key("bob", Bob)}"));
        var lines = string.Format(CultureInfo.InvariantCulture, headers, Ann, Bob);
        var answer = await RawClient.AskAsync(world.Gateway, $"GET /v1/containers HTTP/1.1\nHost: localhost\n{lines}\nConnection: close\n\n");
        Assert.Equal(status, answer.Status);
    }

    [Fact]
    public async Task Explain_page_says_what_a_key_may_do_and_never_its_value()
    {
        await using var world = await AccessWorld.StartAsync(Local(
            $$"""
            {{Key("ann", Ann, """, "containers": "all", "limits": { "max_expires_after_minutes": 3 }""")}}, { "name": "none", "value": "{{Bob}}" }
            """));
        var ann = await OkAsync(world.Client.GetAsync(world.Gateway.AdminUrl + "/explain?virtual_key=ann"));
        Assert.Equal(("active", "key:ann", "all", "*"), (Caller("state"), Caller("tenant"), Caller("containers"), Caller("providers")));
        Assert.Equal(3, ann["caller"]!["limits"]!["max_expires_after_minutes"]!.GetValue<int>());
        Assert.DoesNotContain(Ann, ann.ToJsonString(), StringComparison.Ordinal);
        var none = await OkAsync(world.Client.GetAsync(world.Gateway.AdminUrl + "/explain?virtual_key=none&operation=container_create"));
        Assert.Contains("is not allowed for this virtual key", none["refused"]!.GetValue<string>(), StringComparison.Ordinal);

        string Caller(string member) => ann["caller"]![member]!.GetValue<string>();
    }
}
