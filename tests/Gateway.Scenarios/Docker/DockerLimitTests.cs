using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>What containers may take is bounded, and exact also for creates at the same moment.</summary>
public sealed class DockerLimitTests
{
    [Fact]
    public async Task Parallel_creates_make_as_many_containers_as_are_allowed_and_no_more()
    {
        await using var engine = await ScriptedEngine.StartAsync();
        var arrived = 0;
        var open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.BeforeCreate = () =>
        {
            if (Interlocked.Increment(ref arrived) == 5)
            {
                open.SetResult();
            }

            return open.Task;
        };
        await using var gateway = await GatewayAsync(engine, new { host = engine.Url, max_containers = 5 });

        // Nothing is at the engine yet when each is judged.
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => gateway.Client.PostAsJsonAsync("/v1/containers", new { name = "x" })));
        Assert.Equal(
            (5, 15, 5), (answers.Count(each => each.IsSuccessStatusCode), answers.Count(each => (int)each.StatusCode == 429), engine.Containers));
        var (_, code, message) = answers.First(each => !each.IsSuccessStatusCode).Refused();
        Assert.Equal("container_limit_exceeded", code);
        Assert.Contains("5 containers (max_containers)", message, StringComparison.Ordinal);

        // A place that is given back is there for the next.
        var id = answers.First(each => each.IsSuccessStatusCode).Ok().Text("id");
        (await gateway.Client.DeleteAsync($"/v1/containers/{id}")).Ok();
        await gateway.Client.CreateAsync();
    }

    [Fact]
    public async Task Memory_is_bounded_for_one_container_and_for_all_also_where_none_is_named()
    {
        await using var engine = await ScriptedEngine.StartAsync();
        await using var gateway = await GatewayAsync(engine, new { host = engine.Url, max_memory_limit = "4g", max_total_memory = "6g" });
        var (status, code, message) = (await gateway.Client.PostAsJsonAsync("/v1/containers", new { name = "x", memory_limit = "16g" })).Refused();
        Assert.Equal((400, "invalid_value"), (status, code));
        Assert.Contains("max_memory_limit", message, StringComparison.Ordinal);
        await gateway.Client.CreateAsync(new { name = "x", memory_limit = "4g" });
        await gateway.Client.CreateAsync();
        await gateway.Client.CreateAsync();
        (status, code, message) = (await gateway.Client.PostAsJsonAsync("/v1/containers", new { name = "x" })).Refused();
        Assert.Equal((429, "memory_limit_exceeded"), (status, code));
        Assert.Contains("6 GiB", message, StringComparison.Ordinal);
        Assert.Contains("max_total_memory", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Spooled_uploads_share_a_bound_that_is_given_back()
    {
        await using var engine = await ScriptedEngine.StartAsync();
        await using var gateway = await GatewayAsync(engine, new { host = engine.Url, max_spooled_mb = 1 });
        var id = await gateway.Client.CreateAsync();
        for (var round = 0; round < 3; round++)
        {
            using var form = new MultipartFormDataContent { { new ByteArrayContent(new byte[2 << 20]), "file", "a.bin" } };
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/containers/{id}/files") { Content = form };
            request.Headers.TransferEncodingChunked = true;
            using var answer = await gateway.Client.SendAsync(request);
            Assert.Equal((503, "spool_full"), answer.Refused() is var (status, code, _) ? (status, code) : default);
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        // What was taken is there again: a file below the bound is received.
        using var small = new MultipartFormDataContent { { new ByteArrayContent(new byte[900 << 10]), "file", "a.bin" } };
        using var next = new HttpRequestMessage(HttpMethod.Post, $"/v1/containers/{id}/files") { Content = small };
        next.Headers.TransferEncodingChunked = true;
        (await gateway.Client.SendAsync(next)).Ok();
    }

    private static Task<RunningGateway> GatewayAsync(ScriptedEngine engine, object config) =>
        RunningGateway.StartAsync(TestSettings.Of(TestSettings.Keyless("docker", JsonSerializer.Serialize(config))));
}
