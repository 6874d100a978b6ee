using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Lifecycle;

/// <summary>A start that cannot work says why, where, and with an exit code an orchestrator understands.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Wrong_member_of_the_configuration_is_named_with_file_line_path_and_suggestion()
    {
        var directory = Directory.CreateTempSubdirectory("gateway-start-").FullName;
        await using var gateway = await GatewayProcess.LaunchAsync(
            directory,
            """
            {
              "default_provider": "local",
              "prodivers": { "local": {} }
            }
            """);
        await gateway.WaitForExitAsync(Until.Hung);

        Assert.Equal(78, gateway.ExitCode);
        var said = string.Join('\n', gateway.Output);
        Assert.Contains(System.IO.Path.Combine(directory, "gateway.json") + " cannot be used", said, StringComparison.Ordinal);
        Assert.Contains("gateway.json:3:", said, StringComparison.Ordinal);
        Assert.Contains("prodivers", said, StringComparison.Ordinal);
        Assert.Contains("did you mean \"providers\"", said, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Two_gateways_do_not_share_a_local_directory()
    {
        const string config = """
            {
              "server": { "urls": "http://127.0.0.1:0", "admin_urls": "http://127.0.0.1:0" },
              "default_provider": "local", "drop_in_provider": "local", "data_directory": "./data", "providers": { "local": {} }
            }
            """;
        var directory = Directory.CreateTempSubdirectory("gateway-start-").FullName;
        await using var first = await GatewayProcess.StartAsync(directory, config);
        await using var second = await GatewayProcess.LaunchAsync(directory, config);
        await second.WaitForExitAsync(Until.Hung);

        Assert.Equal(78, second.ExitCode);
        Assert.Contains("provider local cannot start", string.Join('\n', second.Output), StringComparison.Ordinal);
        await first.KillAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Port_in_use_is_named_at_the_start()
    {
        await using var other = await FakeServer.StartAsync(_ => Task.CompletedTask);
        var directory = Directory.CreateTempSubdirectory("gateway-start-").FullName;
        await using var gateway = await GatewayProcess.LaunchAsync(
            directory,
            $$"""
            {
              "server": { "urls": "{{other.Url}}", "admin_urls": "http://127.0.0.1:0" },
              "default_provider": "local", "drop_in_provider": "local", "data_directory": "./data", "providers": { "local": {} }
            }
            """);
        await gateway.WaitForExitAsync(Until.Hung);

        Assert.Equal(78, gateway.ExitCode);
        Assert.Contains(other.Url, Assert.Single(gateway.Output), StringComparison.Ordinal);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Configuration_itself_may_be_in_the_environment()
    {
        var directory = Directory.CreateTempSubdirectory("gateway-start-").FullName;
        await using var gateway = await GatewayProcess.StartAsync(
            directory, null, ("GATEWAY_CONFIG_JSON", """
                {
                  "server": { "urls": "http://127.0.0.1:0", "admin_urls": "http://127.0.0.1:0" },
                  "default_provider": "local", "drop_in_provider": "local", "data_directory": "./data", "providers": { "local": {} }
                }
                """));
        using var http = new HttpClient();
        Assert.True((await http.GetAsync(gateway.Url + "/v1/containers")).IsSuccessStatusCode);
        await gateway.KillAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_connection_string_that_cannot_be_understood_is_named_with_line_and_path_and_not_shown()
    {
        var directory = Directory.CreateTempSubdirectory("gateway-start-").FullName;
        await using var gateway = await GatewayProcess.LaunchAsync(
            directory, """
            { "providers": { "local": {} },
              "cache": { "redis": "env.REDIS" } }
            """, ("REDIS", "redis-cluster://:planted@cache"));
        await gateway.WaitForExitAsync(Until.Hung);

        Assert.Equal(78, gateway.ExitCode);
        var said = string.Join('\n', gateway.Output);
        Assert.Contains(
            "gateway.json:2:14 $.cache.redis: the Redis connection string has a scheme that is not known", said, StringComparison.Ordinal);
        Assert.DoesNotContain("planted", said, StringComparison.Ordinal);
        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    public async Task Address_to_which_telemetry_cannot_go_is_named(string variable, string value)
    {
        var directory = Directory.CreateTempSubdirectory("gateway-start-").FullName;
        await using var gateway = await GatewayProcess.LaunchAsync(directory, """{ "providers": { "local": {} } }""", (variable, value));
        await gateway.WaitForExitAsync(Until.Hung);
        Assert.Equal(78, gateway.ExitCode);
        Assert.Contains($"{variable}: must be ", string.Join('\n', gateway.Output), StringComparison.Ordinal);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Telemetry_that_does_not_arrive_is_counted_and_told_once_a_minute()
    {
        var directory = Directory.CreateTempSubdirectory("gateway-start-").FullName;
        await using var gateway = await GatewayProcess.StartAsync(
            directory,
            """
            {
              "server": { "urls": "http://127.0.0.1:0", "admin_urls": "http://127.0.0.1:0" },
              "default_provider": "local", "drop_in_provider": "local", "data_directory": "./data", "providers": { "local": {} }
            }
            """,
            ("OTEL_EXPORTER_OTLP_ENDPOINT", $"http://127.0.0.1:{Ports.Free()}"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "200"), ("OTEL_BLRP_SCHEDULE_DELAY", "200"));
        using var http = new HttpClient();
        await Until.TrueAsync(
            async () => System.Text.RegularExpressions.Regex.IsMatch(
                await http.GetStringAsync(gateway.AdminUrl + "/metrics"), @"gateway_telemetry_export_failures_total\{\} ([2-9]|\d\d)"),
            "Nothing is counted.");
        Assert.Contains(
            "Connection refused", Assert.Single(gateway.Output, line => line.Contains("[1106]", StringComparison.Ordinal)), StringComparison.Ordinal);
        await gateway.KillAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_provider_without_its_secret_does_not_stop_the_start_and_says_what_is_missing()
    {
        var directory = Directory.CreateTempSubdirectory("gateway-start-").FullName;
        await using var gateway = await GatewayProcess.StartAsync(
            directory,
            """
            {
              "server": { "urls": "http://127.0.0.1:0", "admin_urls": "http://127.0.0.1:0" },
              "default_provider": "openai",
              "providers": { "openai": { "keys": [ { "name": "main", "value": "env.GATEWAY_TEST_UNSET", "weight": 1 } ] } }
            }
            """);
        using var http = new HttpClient();
        using var answer = await http.GetAsync(gateway.Url + "/v1/containers");

        Assert.Equal(503, (int)answer.StatusCode);
        Assert.Contains("GATEWAY_TEST_UNSET", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await gateway.KillAsync();
        Directory.Delete(directory, recursive: true);
    }
}
