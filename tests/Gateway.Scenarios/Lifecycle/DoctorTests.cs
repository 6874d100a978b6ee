using Gateway.Fakes;
using Gateway.Hosting;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Scenarios.Lifecycle;

/// <summary>`gateway doctor` tells what a start would need, and fails when something is missing.</summary>
public sealed class DoctorTests
{
    [Fact]
    public async Task Doctor_tells_reachable_from_unreachable_set_from_unset_and_shows_no_secret()
    {
        await using var upstream = await FakeOpenAI.StartAsync("sk-planted-secret");
        var directory = Directory.CreateTempSubdirectory("gateway-doctor-").FullName;
        var file = System.IO.Path.Combine(directory, "gateway.json");
        await File.WriteAllTextAsync(file, $$"""
            {
              "default_provider": "openai", "data_directory": "./data",
              "providers": {
                "openai": { "keys": [ { "name": "good", "value": "env.GOOD", "weight": 1 } ], "network_config": { "base_url": "{{upstream.Url}}" } },
                "away": { "keys": [ { "name": "k", "value": "env.GOOD", "weight": 1 } ], "network_config": { "base_url": "http://127.0.0.1:1" },
                          "custom_provider_config": { "base_provider_type": "openai" } },
                "azure": { "keys": [ { "name": "eu", "value": "env.UNSET_KEY", "weight": 1,
                                       "azure_key_config": { "endpoint": "https://x.openai.azure.com" } } ] }
              },
              "cache": { "redis": "env.REDIS" }
            }
            """);
        var output = new StringWriter();
        var code = await Doctor.RunAsync(
            file,
            name => name switch { "GOOD" => "sk-planted-secret", "REDIS" => "redis://:planted-password@127.0.0.1:1", _ => null },
            directory,
            output);

        var said = output.ToString();
        Assert.Equal(1, code);
        Assert.Matches("ok .*provider openai, key good.*connects in .*/v1/containers lists containers in", said);
        Assert.Matches("FAIL.*provider away, key k.*not reached", said);
        Assert.Matches("FAIL.*provider azure.*UNSET_KEY", said);
        Assert.Matches("FAIL.*redis.*is not reached: the connection is refused", said);
        Assert.Matches("ok .*data directory", said);
        Assert.DoesNotContain("planted", said, StringComparison.Ordinal);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Doctor_looks_at_the_ledger_of_several_accounts()
    {
        await using var upstream = await FakeOpenAI.StartAsync("sk-a", "sk-b");
        var directory = Directory.CreateTempSubdirectory("gateway-doctor-").FullName;
        var config = $$"""
            {
              "server": { "urls": "http://127.0.0.1:0", "admin_urls": "http://127.0.0.1:0" },
              "default_provider": "openai", "data_directory": "./data",
              "providers": { "openai": { "keys": [ { "name": "a", "value": "sk-a", "weight": 1 }, { "name": "b", "value": "sk-b", "weight": 1 } ],
                             "network_config": { "base_url": "{{upstream.Url}}" } } }
            }
            """;
        var file = System.IO.Path.Combine(directory, "gateway.json");
        await File.WriteAllTextAsync(file, config);
        Assert.Matches("ok .*ledger .*made by the first start", (await SaidAsync(file)).Output);
        await using (var gateway = await GatewayProcess.StartAsync(directory, config))
        {
            using var http = new HttpClient();
            using var body = Json("""{"name":"c"}""");
            using var answer = await http.PostAsync(gateway.Url + "/v1/containers", body);
            Assert.True(answer.IsSuccessStatusCode);

            // Also while a gateway uses it, which writes a moment later.
            await Until.TrueAsync(
                async () => (await SaidAsync(file)).Output.Contains("ledger.db, containers known: 1", StringComparison.Ordinal),
                "The ledger is not seen.");
        }

        foreach (var rest in Directory.EnumerateFiles(System.IO.Path.Combine(directory, "data"), "ledger.db?*"))
        {
            File.Delete(rest);
        }

        await File.WriteAllTextAsync(System.IO.Path.Combine(directory, "data", "ledger.db"), new string('x', 5000));
        var (code, output) = await SaidAsync(file);
        Assert.Equal(1, code);
        Assert.Matches("FAIL .*ledger .*cannot be read", output);
        Directory.Delete(directory, recursive: true);

        async Task<(int Code, string Output)> SaidAsync(string path)
        {
            var said = new StringWriter();
            return (await Doctor.RunAsync(path, _ => null, directory, said), said.ToString());
        }
    }

    [Theory]
    [InlineData("wrong", "", "refuses the key \\(401\\)")]
    [InlineData("sk-right", "/some/openai/v1/openai", "/some/openai/v1/openai/v1/containers is not known there \\(404\\): the path repeats itself")]
    [InlineData("sk-right", "/elsewhere", "/elsewhere/v1/containers is not known there \\(404\\): is the base URL right")]
    public async Task Doctor_asks_each_key_for_a_list_and_tells_a_wrong_key_from_a_wrong_path(string key, string path, string said)
    {
        await using var upstream = await FakeServer.StartAsync(http =>
        {
            Assert.Equal("GET", http.Request.Method);
            http.Response.StatusCode = http.Request.Path != "/v1/containers" ? 404
                : http.Request.Headers.Authorization == "Bearer sk-right" ? 200
                : 401;
            return http.Response.WriteAsync("""{"object":"list","data":[]}""");
        });
        var (code, output) = await RunAsync($$"""
            { "data_directory": "./data", "providers": { "own": { "keys": [ { "name": "k", "value": "env.KEY" } ],
              "network_config": { "base_url": "{{upstream.Url}}{{path}}" }, "custom_provider_config": { "base_provider_type": "openai" } } } }
            """, ("KEY", key));
        Assert.Equal(1, code);
        Assert.Matches("FAIL .*provider own, key k.*connects in.*" + said, output);
    }

    [Fact]
    public async Task Doctor_asks_a_provider_of_a_gateway_that_runs_and_sends_no_more_than_one_item_needs()
    {
        var asked = new System.Collections.Concurrent.ConcurrentQueue<string>();
        await using var upstream = await FakeServer.StartAsync(http =>
        {
            asked.Enqueue($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}");
            return http.Response.WriteAsync("""{"object":"list","data":[]}""");
        });
        var (code, output) = await RunAsync($$"""
            { "data_directory": "./data", "providers": { "local": {}, "openai": { "keys": [ { "name": "k", "value": "env.KEY" } ],
              "network_config": { "base_url": "{{upstream.Url}}/v1" } } } }
            """, ("KEY", "sk-right"));
        Assert.Equal((0, "GET /v1/containers?limit=1"), (code, Assert.Single(asked).Replace("&order=desc", "", StringComparison.Ordinal)));
        Assert.Contains($"{upstream.Url}/v1/containers lists containers", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_tries_where_telemetry_goes_and_why_redis_refuses()
    {
        await using var redis = await RedisServer.StartAsync("right-password");
        var (code, output) = await RunAsync(
            """{ "data_directory": "./data", "providers": { "local": {} }, "cache": { "redis": "env.REDIS" } }""",
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"), ("REDIS", $"redis://:planted@127.0.0.1:{redis.Port}"));
        Assert.Equal(1, code);
        Assert.Matches("FAIL .*otlp.*127.0.0.1:1 is not reached: ConnectionRefused", output);
        Assert.Matches("FAIL .*redis.*the user or password is wrong", output);
        Assert.DoesNotContain("planted", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> RunAsync(string config, params (string Name, string Value)[] environment)
    {
        var directory = Directory.CreateTempSubdirectory("gateway-doctor-").FullName;
        var file = System.IO.Path.Combine(directory, "gateway.json");
        await File.WriteAllTextAsync(file, config);
        using var output = new StringWriter();
        var code = await Doctor.RunAsync(file, name => environment.FirstOrDefault(each => each.Name == name).Value, directory, output);
        Directory.Delete(directory, recursive: true);
        return (code, output.ToString());
    }

    [Fact]
    public async Task Configuration_that_cannot_be_used_is_a_finding_of_the_doctor()
    {
        var output = new StringWriter();
        var code = await Doctor.RunAsync("/nowhere/gateway.json", _ => null, "/", output);
        Assert.Equal(1, code);
        Assert.Contains("FAIL  configuration", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unix_socket_is_tried_by_the_doctor_like_any_address()
    {
        var directory = Directory.CreateTempSubdirectory("gateway-doctor-").FullName;
        var (file, socket) = (System.IO.Path.Combine(directory, "gateway.json"), System.IO.Path.Combine(directory, "engine.sock"));
        await File.WriteAllTextAsync(
            file,
            $$$"""{ "data_directory": "./data", "providers": { "docker": { "docker_config": { "host": "unix://{{{socket}}}", "image": "x" } } } }""");
        var silent = new StringWriter();
        Assert.Equal(1, await Doctor.RunAsync(file, _ => null, directory, silent));
        Assert.Matches("FAIL .*provider docker.*engine.sock is not reached", silent.ToString());

        await using var engine = await FakeServer.StartAsync(
            http => http.Request.Path == "/version"
                ? http.Response.WriteAsJsonAsync(new { ApiVersion = "1.41" }, System.Text.Json.JsonSerializerOptions.Default)
                : http.Response.WriteAsJsonAsync(Array.Empty<string>()),
            kestrel => kestrel.ListenUnixSocket(socket));
        var there = new StringWriter();
        Assert.Equal(0, await Doctor.RunAsync(file, _ => null, directory, there));
        Assert.Matches("ok .*provider docker.*engine.sock connects.* lists containers", there.ToString());
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Every_mistake_in_the_configuration_is_a_finding_of_the_doctor()
    {
        var directory = Directory.CreateTempSubdirectory("gateway-doctor-").FullName;
        var file = System.IO.Path.Combine(directory, "gateway.json");
        await File.WriteAllTextAsync(
            file, """{ "default_provider": "x", "server": { "drain_timeout_seconds": -1 }, "providers": { "local": {} } }""");
        var output = new StringWriter();
        Assert.Equal(1, await Doctor.RunAsync(file, _ => null, directory, output));
        Assert.Equal(3, output.ToString().Split('\n').Count(line => line.StartsWith("FAIL  configuration", StringComparison.Ordinal)));
        Assert.Contains(file, output.ToString(), StringComparison.Ordinal);
        Directory.Delete(directory, recursive: true);
    }
}
