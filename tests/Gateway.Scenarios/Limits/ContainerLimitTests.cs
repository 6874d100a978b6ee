using System.Net;
using Gateway.Fakes;
using Xunit;
using static Gateway.Scenarios.Limits.LimitsWorld;

namespace Gateway.Scenarios.Limits;

/// <summary>How large, and how long-lived, what a key makes may be.</summary>
public sealed class ContainerLimitTests
{
    [Theory]
    [InlineData("""{ "name": "x" }""", null)]
    [InlineData("""{ "name": "x", "memory_limit": "4g", "expires_after": { "anchor": "last_active_at", "minutes": 20 } }""", null)]
    [InlineData("""{ "name": "x", "memory_limit": "16g" }""", "memory_limit")]
    [InlineData("""{ "name": "x", "memory_limit": "4G" }""", "memory_limit")]
    [InlineData("""{ "name": "x", "memory_limit": "" }""", "memory_limit")]
    [InlineData("""{ "name": "x", "memory_limit": "99999999999999999999g" }""", "memory_limit")]
    [InlineData("""{ "name": "x", "expires_after": { "anchor": "last_active_at", "minutes": 21 } }""", "expires_after.minutes")]
    [InlineData("""{ "name": "x", "expires_after": { "anchor": "last_active_at", "minutes": 9000000000 } }""", "expires_after.minutes")]
    public async Task Container_above_a_limit_is_refused_by_name_and_never_made_smaller(string body, string? refused)
    {
        await using var world = await LimitsWorld.StartAsync(
            $"\"virtual_keys\": [ {Key("ann", Ann, ", \"limits\": { \"max_memory_limit\": \"4g\", \"max_expires_after_minutes\": 20 }")} ]");
        var answer = world.Client.SendAsync(HttpMethod.Post, "/openai/v1/containers", body, ("x-bf-vk", Ann));
        if (refused is null)
        {
            await OkAsync(answer);
            return;
        }

        var error = await ErrorAsync(answer, 403, "container_limit_exceeded");
        Assert.Equal(refused, error["error"]!["param"]!.GetValue<string>());
        Assert.Empty(world.Upstream.Requests);
    }

    [Fact]
    public async Task Default_that_is_above_the_limit_is_refused_when_nothing_is_said()
    {
        await using var world = await LimitsWorld.StartAsync(
            $"\"virtual_keys\": [ {Key("ann", Ann, ", \"limits\": { \"max_expires_after_minutes\": 10 }")} ]");
        var error = await ErrorAsync(
            world.Client.SendAsync(HttpMethod.Post, "/v1/containers", """{ "name": "x" }""", ("x-bf-vk", Ann)), 403, "container_limit_exceeded");
        Assert.Contains("it is 20 when it is not given", error["error"]!["message"]!.GetValue<string>(), StringComparison.Ordinal);
        await OkAsync(world.Client.SendAsync(
            HttpMethod.Post, "/v1/containers", """{ "name": "x", "expires_after": { "anchor": "last_active_at", "minutes": 10 } }""",
            ("x-bf-vk", Ann)));
    }

    [Fact]
    public async Task File_above_the_limit_of_its_key_is_refused_and_that_of_another_key_is_not()
    {
        await using var world = await LimitsWorld.StartAsync(
            $$"""
            "teams": [ { "id": "g" } ],
            "virtual_keys": [ {{Key("ann", Ann, ", \"team_id\": \"g\", \"limits\": { \"max_file_size_mb\": 1 }")}},
                              {{Key("bob", Bob, ", \"team_id\": \"g\"")}} ]
            """);
        var container = await IdAsync(world.Client.SendAsync(HttpMethod.Post, "/v1/containers", """{ "name": "x" }""", ("x-bf-vk", Ann)));
        Assert.Equal(HttpStatusCode.OK, await UploadAsync(world, Ann, container, 1 << 20));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await UploadAsync(world, Ann, container, 4 << 20));
        Assert.Equal(HttpStatusCode.OK, await UploadAsync(world, Bob, container, 4 << 20));
    }

    private static async Task<HttpStatusCode> UploadAsync(LimitsWorld world, string key, string container, int bytes)
    {
        using var form = new MultipartFormDataContent { { new ByteArrayContent(new byte[bytes]), "file", "a.bin" } };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/containers/{container}/files?provider=local") { Content = form };
        request.Headers.TryAddWithoutValidation("x-bf-vk", key);
        using var answer = await world.Client.SendAsync(request);
        return answer.StatusCode;
    }
}
