namespace Gateway.Benchmarks;

/// <summary>A configuration, ports and a data directory for the published gateway.</summary>
internal sealed record GatewayWorld(string Directory, string Url, string AdminUrl)
{
    public static Task<GatewayWorld> CreateAsync(string upstreamUrl, string logLevel = "information", string cache = """{ "enabled": false }""") =>
        CreateAsync(
            "openai",
            $$"""{ "keys": [ { "name": "bench", "value": "env.BENCH_KEY", "weight": 1 } ], "network_config": { "base_url": "{{upstreamUrl}}" } }""",
            logLevel,
            cache);

    /// <summary>A gateway with one provider.</summary>
    public static async Task<GatewayWorld> CreateAsync(string provider, string section, string logLevel, string cache = """{ "enabled": false }""")
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("gateway-bench-").FullName;
        var world = new GatewayWorld(
            directory, $"http://127.0.0.1:{MeasuredProcess.FreePort()}", $"http://127.0.0.1:{MeasuredProcess.FreePort()}");
        await File.WriteAllTextAsync(Path.Combine(directory, "gateway.json"), $$"""
            {
              "server": { "urls": "{{world.Url}}", "admin_urls": "{{world.AdminUrl}}" },
              "client": { "max_file_size_mb": 2048 },
              "logging": { "level": "{{logLevel}}" },
              "default_provider": "{{provider}}",
              "drop_in_provider": "{{provider}}",
              "data_directory": "{{directory}}/data",
              "providers": { "{{provider}}": {{section}} },
              "cache": {{cache}}
            }
            """);
        return world;
    }

    public Task<(MeasuredProcess Process, TimeSpan UntilAnswer)> StartGatewayAsync(
        string path, params (string Name, string Value)[] variables)
    {
        string[] arguments = ["--config", Path.Combine(Directory, "gateway.json")];
        var environment = new Dictionary<string, string> { ["BENCH_KEY"] = "sk-bench" };
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        return path.EndsWith(".dll", StringComparison.Ordinal)
            ? MeasuredProcess.StartAsync("dotnet", [path, .. arguments], Url + "/v1/containers/cntr_1", environment)
            : MeasuredProcess.StartAsync(path, arguments, Url + "/v1/containers/cntr_1", environment);
    }

    public void Delete() => System.IO.Directory.Delete(Directory, recursive: true);
}
