using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Fakes;
using Gateway.Settings;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>
/// An image that is missing is pulled by the engine: once for all who wait, in sight of operators, and with the registry's reason when it fails.
/// </summary>
public sealed class DockerPullTests
{
    [Fact]
    public async Task A_missing_image_is_pulled_once_for_many_creates()
    {
        await using var engine = await ScriptedEngine.StartAsync();
        engine.HasImage = false;
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Pull = async http =>
        {
            await LineAsync(http, """{"status":"Downloading","id":"a","progressDetail":{"current":10485760,"total":41943040}}""");
            await open.Task;
            await LineAsync(http, """{"status":"Pull complete","id":"a","progressDetail":{}}""");
            return true;
        };
        await using var gateway = await GatewayAsync(engine);
        var creates = Enumerable.Range(0, 5).Select(_ => gateway.Client.PostAsJsonAsync("/v1/containers", new { name = "x" })).ToList();
        using var admin = new HttpClient();
        await Until.TrueAsync(
            async () => (await admin.GetStringAsync(gateway.AdminUrl + "/readyz")).Contains(
                "image example/box:1 is being pulled: 10 of 40 MiB", StringComparison.Ordinal),
            "The ready page does not say how far it is.");
        await Until.TrueAsync(() => engine.Creates == 5, "Not all creates have found the image missing.");
        open.SetResult();
        foreach (var create in creates)
        {
            (await create).Ok();
        }

        Assert.Equal((1, "example/box:1 "), (engine.Pulls, engine.Pulled));
        Assert.Contains("\"activity\":{}", await admin.GetStringAsync(gateway.AdminUrl + "/readyz"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_create_whose_time_is_over_says_that_the_image_is_being_pulled_and_the_pull_goes_on()
    {
        await using var engine = await ScriptedEngine.StartAsync();
        engine.HasImage = false;
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Pull = async http =>
        {
            await LineAsync(http, "{}");
            await open.Task;
            return true;
        };
        await using var gateway = await GatewayAsync(engine, new NetworkSettings { RequestTimeout = TimeSpan.FromSeconds(1) });
        using var answer = await gateway.Client.PostAsJsonAsync("/v1/containers", new { name = "x" });
        Assert.Equal((503, "image_pulling"), answer.Refused() is var (status, code, _) ? (status, code) : default);
        Assert.NotNull(answer.Headers.RetryAfter);
        open.SetResult();
        await Until.TrueAsync(() => engine.HasImage, "The pull did not go on.");
        await Until.TrueAsync(
            async () => (await gateway.Client.PostAsJsonAsync("/v1/containers", new { name = "x" })).IsSuccessStatusCode, "The image is not used.");
        Assert.Equal(1, engine.Pulls);
    }

    [Theory]
    [InlineData(
        200, """{"errorDetail":{"message":"toomanyrequests: rate limit"},"error":"toomanyrequests: rate limit"}""", "toomanyrequests: rate limit")]
    [InlineData(404, """{"message":"pull access denied for example/box"}""", "pull access denied for example/box")]
    [InlineData(500, """{"message":"dial tcp: lookup registry on /etc/resolv.conf: no such host"}""", "no such host")]
    public async Task A_pull_that_fails_gives_the_reason_to_client_log_and_ready_page(int native, string line, string reason)
    {
        await using var engine = await ScriptedEngine.StartAsync();
        engine.HasImage = false;
        engine.Pull = async http =>
        {
            http.Response.StatusCode = native;
            await LineAsync(http, line);
            return false;
        };
        using var logs = new Hostile.Logs();
        await using var gateway = await GatewayAsync(engine, logs: logs);
        for (var round = 0; round < 3; round++)
        {
            using var answer = await gateway.Client.PostAsJsonAsync("/v1/containers", new { name = "x" });
            var (status, code, message) = answer.Refused();
            Assert.Equal((503, "image_pull_failed"), (status, code));
            Assert.Contains(reason, message, StringComparison.Ordinal);
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        // A registry that refuses is not asked by each.
        Assert.Equal(1, engine.Pulls);
        await Until.TrueAsync(
            () => logs.Lines.Any(
                each => each.StartsWith("Warning 1006", StringComparison.Ordinal) && each.Contains(reason, StringComparison.Ordinal)),
            "The log does not say it.");
        using var admin = new HttpClient();
        Assert.Contains(reason, await admin.GetStringAsync(gateway.AdminUrl + "/readyz"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("never", false, 0, 503)]
    [InlineData("always", true, 1, 200)]
    [InlineData("if_missing", true, 0, 200)]
    public async Task Pull_policy_decides_whether_an_image_is_pulled(string policy, bool hasImage, int pulls, int status)
    {
        await using var engine = await ScriptedEngine.StartAsync();
        engine.HasImage = hasImage;
        await using var gateway = await GatewayAsync(engine, policy: policy);
        using var answer = await gateway.Client.PostAsJsonAsync("/v1/containers", new { name = "x" });
        Assert.Equal((status, pulls), ((int)answer.StatusCode, engine.Pulls));
    }

    private static Task<RunningGateway> GatewayAsync(
        ScriptedEngine engine, NetworkSettings? network = null, Microsoft.Extensions.Logging.ILoggerProvider? logs = null,
        string policy = "if_missing")
    {
        var section = JsonSerializer.Serialize(new { host = engine.Url, image = "example/box:1", pull_policy = policy });
        return RunningGateway.StartAsync(TestSettings.Of(TestSettings.Keyless("docker", section, network: network)), logs);
    }

    private static async Task LineAsync(HttpContext http, string line)
    {
        await http.Response.WriteAsync(line + "\r\n");
        await http.Response.Body.FlushAsync();
    }
}
