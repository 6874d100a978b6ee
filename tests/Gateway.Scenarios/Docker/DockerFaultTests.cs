using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Fakes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>What a real engine does not do on demand, from one that does.</summary>
public sealed class DockerFaultTests
{
    [Fact]
    public async Task List_of_a_hundred_engine_containers_is_one_call_and_shows_no_stranger()
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
            return ScriptedEngine.Json(http, items);
        });
        await using var gateway = await GatewayAsync(engine);
        Assert.Equal(100, (await gateway.Client.ReadAsync("/v1/containers?limit=100")).GetProperty("data").GetArrayLength());
        Assert.Equal(1, calls);
    }

    [Fact]
    public async Task A_list_of_a_thousand_files_is_one_exec()
    {
        var execs = 0;
        var id = "cntr_docker_" + Guid.CreateVersion7().ToString("N");
        var output = string.Concat(Enumerable.Range(0, 1000).Select(i => $"./f{i}//1 {i} 644\n")) + "//end 0\n";
        await using var engine = await StartAsync(http =>
        {
            switch (http.Request.Path.Value!.Split('/')[^1])
            {
                case "json":
                    return ScriptedEngine.Json(http, Inspected(id));
                case "archive":
                    http.Response.StatusCode = http.Request.Method == "PUT" ? 200 : 404;
                    return Task.CompletedTask;
                case "exec":
                    execs++;
                    return ScriptedEngine.Json(http, new { Id = "e" });
                default:
                    return ScriptedEngine.FrameAsync(http, output);
            }
        });
        await using var gateway = await GatewayAsync(engine);
        var page = await gateway.Client.FilesAsync(id, "limit=100&order=asc");
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"/mnt/data/f{i}"), page.Data("path"));
        Assert.True(page.GetProperty("has_more").GetBoolean());
        Assert.Equal(1, execs);
    }

    [Fact]
    public async Task A_download_the_engine_breaks_off_is_no_whole_file()
    {
        var id = "cntr_docker_" + Guid.CreateVersion7().ToString("N");
        await using var engine = await StartAsync(async http =>
        {
            switch (http.Request.Path.Value!.Split('/')[^1], http.Request.Query["path"].ToString())
            {
                case ("json", _):
                    await ScriptedEngine.Json(http, Inspected(id));
                    break;
                case ("archive", "/mnt/data/f"):
                    Assert.Equal("HTTP/1.0", http.Request.Protocol);
                    using (var archive = new MemoryStream())
                    {
                        await using (var writer = new System.Formats.Tar.TarWriter(archive, leaveOpen: true))
                        {
                            await writer.WriteEntryAsync(new System.Formats.Tar.UstarTarEntry(System.Formats.Tar.TarEntryType.RegularFile, "f")
                            {
                                DataStream = new MemoryStream(new byte[1_000_000]), Mode = (UnixFileMode)0x1A4,
                            });
                        }

                        await http.Response.Body.WriteAsync(archive.GetBuffer().AsMemory(0, 700_000));
                    }

                    break;
                case ("archive", _):
                    http.Response.StatusCode = http.Request.Method == "PUT" ? 200 : 404;
                    break;
                case ("exec", _):
                    await ScriptedEngine.Json(http, new { Id = "e" });
                    break;
                default:
                    await ScriptedEngine.FrameAsync(http, "//file 1000000 1 644\n");
                    break;
            }
        });
        await using var gateway = await GatewayAsync(engine);
        var file = "cfile_" + System.Buffers.Text.Base64Url.EncodeToString([.. Convert.FromHexString(id[^32..]), (byte)'f']);
        await Assert.ThrowsAsync<HttpRequestException>(() => gateway.Client.GetAsync($"/v1/containers/{id}/files/{file}/content"));
    }

    [Theory]
    [InlineData(500, "write /var/lib/x: no space left on device", 507, "storage_full", "")]
    [InlineData(500, "secret /var/lib/path", 502, "engine_refused", "secret …")]
    [InlineData(500, "exec: /bin/sh: too many levels of symbolic links", 502, "engine_refused", "exec: /bin/sh: too many levels of symbolic links")]
    [InlineData(404, "No such image", 503, "image_not_found", "")]
    public async Task Refusals_by_an_engine_get_their_status_and_reason_and_keep_the_hosts_paths_to_the_log(
        int native, string message, int status, string code, string shown)
    {
        await using var engine = await StartAsync(http =>
        {
            if (http.Request.Method == "GET")
            {
                return ScriptedEngine.Json(http, Array.Empty<object>());
            }

            http.Response.StatusCode = native;
            return ScriptedEngine.Json(http, new { message });
        });
        using var logs = new Hostile.Logs();
        await using var gateway = await RunningGateway.StartAsync(
            TestSettings.Of(TestSettings.Keyless("docker", JsonSerializer.Serialize(new { host = engine.Url, pull_policy = "never" }))), logs);
        var refused = (await gateway.Client.PostAsJsonAsync("/v1/containers", new { name = "x" })).Refused();
        Assert.Equal((status, code), (refused.Status, refused.Code));
        Assert.DoesNotContain("/var/lib", refused.Message, StringComparison.Ordinal);
        Assert.Contains(shown, refused.Message, StringComparison.Ordinal);
        if (shown.Length > 0)
        {
            await Until.TrueAsync(
                () => logs.Lines.Any(
                    line => line.StartsWith("Warning 1004", StringComparison.Ordinal) && line.Contains(message, StringComparison.Ordinal)),
                "The log does not give the reason.");
        }
    }

    [Fact]
    public async Task A_container_without_its_memory_limit_is_taken_back()
    {
        var deleted = false;
        await using var engine = await StartAsync(http =>
        {
            if (http.Request.Method == "GET")
            {
                return ScriptedEngine.Json(http, Array.Empty<object>());
            }

            deleted |= http.Request.Method == "DELETE";
            http.Response.StatusCode = http.Request.Method == "DELETE" ? 204 : 201;
            return http.Request.Method == "DELETE" ? Task.CompletedTask : ScriptedEngine.Json(http, new
            {
                Id = "abc",
                Warnings = new[] { "Your kernel does not support memory limit capabilities or the cgroup is not mounted. Limitation discarded." },
            });
        });
        await using var gateway = await GatewayAsync(engine);
        Assert.Equal(502, (await gateway.Client.PostAsJsonAsync("/v1/containers", new { name = "x" })).Refused().Status);
        Assert.True(deleted);
    }

    private static Task<FakeServer> StartAsync(RequestDelegate answer) => FakeServer.StartAsync(http =>
        http.Request.Path == "/version" ? ScriptedEngine.Json(http, new { ApiVersion = "1.56", MinAPIVersion = "1.44" })
        : http.Request.Path.Value!.StartsWith("/v1.44/", StringComparison.Ordinal) ? answer(http)
        : Task.FromException(new InvalidOperationException(http.Request.Path)));

    private static Task<RunningGateway> GatewayAsync(FakeServer engine) =>
        RunningGateway.StartAsync(TestSettings.Of(TestSettings.Keyless("docker", JsonSerializer.Serialize(new { host = engine.Url }))));

    private static object Inspected(string id) =>
        new { Id = id, Name = "/" + id, State = new { Status = "running" }, Config = new { Labels = Labels() } };

    private static object Item(string id) => new { Id = id, Names = new[] { "/" + id }, State = "running", Labels = Labels() };

    private static Dictionary<string, string> Labels() => new()
    {
        ["gateway.managed"] = "1", ["gateway.provider"] = "docker", ["gateway.name"] = "n", ["gateway.expires_minutes"] = "20",
        ["gateway.memory_limit"] = "1g",
    };
}
