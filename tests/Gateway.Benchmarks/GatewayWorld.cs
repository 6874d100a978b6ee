using Gateway.Fakes;

namespace Gateway.Benchmarks;

/// <summary>A configuration, ports and a data directory for the published gateway.</summary>
internal sealed record GatewayWorld(string Directory, string Url, string AdminUrl)
{
    /// <summary>A gateway with one OpenAI-shaped provider and this many accounts.</summary>
    public static Task<GatewayWorld> CreateAsync(
        string upstreamUrl, string logLevel = "information", int accounts = 1, string cache = """{ "enabled": false }""")
    {
        var keys = Enumerable.Range(0, accounts).Select(n => $$"""{ "name": "bench-{{n}}", "value": "env.BENCH_KEY_{{n}}", "weight": 1 }""");
        return CreateAsync(
            "openai", $$"""{ "keys": [ {{string.Join(", ", keys)}} ], "network_config": { "base_url": "{{upstreamUrl}}" } }""", logLevel, cache);
    }

    /// <summary>A gateway with one provider.</summary>
    public static async Task<GatewayWorld> CreateAsync(string provider, string section, string logLevel, string cache = """{ "enabled": false }""")
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("gateway-bench-").FullName;
        var world = new GatewayWorld(
            directory, $"http://127.0.0.1:{Ports.Free()}", $"http://127.0.0.1:{Ports.Free()}");
        await File.WriteAllTextAsync(System.IO.Path.Combine(directory, "gateway.json"), $$"""
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
        string[] arguments = ["--config", System.IO.Path.Combine(Directory, "gateway.json")];
        var environment = Enumerable.Range(0, Roles.MaxAccounts).ToDictionary(n => $"BENCH_KEY_{n}", n => $"sk-bench-{n}");
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
