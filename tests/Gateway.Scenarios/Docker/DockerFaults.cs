using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Fakes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>What a real engine does not do on demand, from one that does.</summary>
public sealed class DockerFaults
{
    [Fact]
    public async Task A_list_of_a_hundred_is_one_call_and_shows_no_stranger()
    {
        var calls = 0;
        var items = Enumerable.Range(0, 100).Select(i => Item($"cntr_docker_{i:x12}00007000800000000000000{i % 10}"[..44])).Append(new
        {
            Id = "f", Names = new[] { "/foreign" }, State = "running", Labels = new Dictionary<string, string>(),
        });
        await using var engine = await StartAsync(http =>
        {
            calls++;
            Assert.Equal("""{"label":["gateway.managed=1","gateway.provider=docker"]}""", http.Request.Query["filters"]);
            return Json(http, items);
        });
        await using var gateway = await GatewayAsync(engine);
        Assert.Equal(100, (await gateway.Client.ReadAsync("/v1/containers?limit=100")).GetProperty("data").GetArrayLength());
        Assert.Equal(1, calls);
    }

    [Theory]
    [InlineData(500, "write /var/lib/x: no space left on device", 507, "storage_full")]
    [InlineData(500, "secret /var/lib/path", 502, "engine_refused")]
    [InlineData(404, "No such image", 503, "image_not_found")]
    public async Task Refusals_get_their_status_and_keep_the_hosts_paths_to_themselves(int native, string message, int status, string code)
    {
        await using var engine = await StartAsync(http =>
        {
            http.Response.StatusCode = native;
            return Json(http, new { message });
        });
        await using var gateway = await GatewayAsync(engine);
        var refused = (await gateway.Client.PostAsJsonAsync("/v1/containers", new { name = "x" })).Refused();
        Assert.Equal((status, code), (refused.Status, refused.Code));
        Assert.DoesNotContain("/var/lib", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_without_its_memory_limit_is_taken_back()
    {
        var deleted = false;
        await using var engine = await StartAsync(http =>
        {
            deleted |= http.Request.Method == "DELETE";
            http.Response.StatusCode = http.Request.Method == "DELETE" ? 204 : 201;
            return http.Request.Method == "DELETE" ? Task.CompletedTask : Json(http, new
            {
                Id = "abc", Warnings = new[] { "Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded." },
            });
        });
        await using var gateway = await GatewayAsync(engine);
        Assert.Equal(502, (await gateway.Client.PostAsJsonAsync("/v1/containers", new { name = "x" })).Refused().Status);
        Assert.True(deleted);
    }

    private static Task<FakeServer> StartAsync(RequestDelegate answer) => FakeServer.StartAsync(http =>
        http.Request.Path == "/version" ? Json(http, new { ApiVersion = "1.56", MinAPIVersion = "1.44" })
        : http.Request.Path.Value!.StartsWith("/v1.44/", StringComparison.Ordinal) ? answer(http)
        : Task.FromException(new InvalidOperationException(http.Request.Path)));

    private static Task<RunningGateway> GatewayAsync(FakeServer engine) =>
        RunningGateway.StartAsync(TestSettings.Of(TestSettings.Docker(JsonSerializer.Serialize(new { host = engine.Url }))));

    private static Task Json(HttpContext http, object body) => http.Response.WriteAsJsonAsync(body, JsonSerializerOptions.Default);

    private static object Item(string id) => new
    {
        Id = id, Names = new[] { "/" + id }, State = "running",
        Labels = new Dictionary<string, string>
        {
            ["gateway.managed"] = "1", ["gateway.provider"] = "docker", ["gateway.name"] = "n", ["gateway.expires_minutes"] = "20", ["gateway.memory_limit"] = "1g",
        },
    };
}
