using System.Net;
using Gateway.Fakes;
using Gateway.Settings;

namespace Gateway.Scenarios.Limits;

/// <summary>Gateways of one file, before an upstream called <c>lab</c> and <c>local</c>, with Redis or without.</summary>
internal sealed class LimitsWorld : IAsyncDisposable
{
    public const string Ann = "sk-bf-Q2xpZW50IGtleSBvZiBBbm4sIGZvciB0ZXN0cy4x";
    public const string Bob = "sk-bf-Q2xpZW50IGtleSBvZiBCb2IsIGZvciB0ZXN0cy4y";

    /// <summary>A rate limit of three requests an hour, and one of two.</summary>
    public const string Rates =
        """
        "rate_limits": [ { "id": "three", "request_max_limit": 3, "request_reset_duration": "1h" },
                         { "id": "two", "request_max_limit": 2, "request_reset_duration": "1h" },
                         { "id": "brief", "request_max_limit": 1, "request_reset_duration": "1s" } ]
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-limits-").FullName;

    private LimitsWorld(FakeOpenAI upstream, RedisServer? redis) => (Upstream, Redis) = (upstream, redis);

    public FakeOpenAI Upstream { get; }

    public RedisServer? Redis { get; }

    public List<RunningGateway> Gateways { get; } = [];

    public HttpClient Client => Gateways[0].Client;

    private string FileName => System.IO.Path.Combine(_directory, "gateway.json");

    /// <summary>Starts gateways with this <c>governance</c>.</summary>
    public static async Task<LimitsWorld> StartAsync(string governance, int gateways = 1, bool redis = false, Hostile.Logs? logs = null)
    {
        var world = new LimitsWorld(await FakeOpenAI.StartAsync(), redis ? await RedisServer.StartAsync() : null);
        await world.EditAsync(governance);
        for (var i = 0; i < gateways; i++)
        {
            world.Gateways.Add(await RunningGateway.StartAsync(SettingsReader.Read(world.FileName, _ => null, world._directory), logs));
        }

        return world;
    }

    /// <summary>Writes the file.</summary>
    public Task EditAsync(string governance) => File.WriteAllTextAsync(
        FileName,
        $$"""
        {
          "default_provider": "local", "drop_in_provider": "lab", "governance": { {{governance}} },
          "cache": { {{(Redis is null ? "" : $"\"redis\": \"{Redis.Url}\", \"redis_timeout_ms\": 5000")}} },
          "providers": {
            "local": {},
            "lab": { "keys": [ { "name": "k", "value": "sk-upstream" } ], "network_config": { "base_url": "{{Upstream.Url}}" },
                     "custom_provider_config": { "base_provider_type": "openai" } }
          }
        }
        """);

    /// <summary>A key that may use both providers.</summary>
    public static string Key(string name, string value, string others = "", string ofLab = "") =>
        $$"""
        { "name": "{{name}}", "value": "{{value}}", "provider_configs": [ { "provider": "local" }, { "provider": "lab"{{ofLab}} } ]{{others}} }
        """;

    /// <summary>Asks for a list of <c>local</c>.</summary>
    public Task<HttpResponseMessage> ListAsync(string key, int gateway = 0, string provider = "local") =>
        Gateways[gateway].Client.SendAsync(HttpMethod.Get, $"/v1/containers?provider={provider}", null, ("x-bf-vk", key));

    /// <summary>The status of such a list.</summary>
    public async Task<HttpStatusCode> StatusAsync(string key, int gateway = 0, string provider = "local")
    {
        using var answer = await ListAsync(key, gateway, provider);
        return answer.StatusCode;
    }

    /// <summary>How many of so many lists side by side, over all gateways, were answered.</summary>
    public async Task<int> AnsweredAsync(string key, int calls)
    {
        var statuses = await Task.WhenAll(Enumerable.Range(0, calls).Select(call => StatusAsync(key, call % Gateways.Count)));
        return statuses.Count(status => status == HttpStatusCode.OK);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in Gateways)
        {
            await gateway.DisposeAsync();
        }

        await Upstream.DisposeAsync();
        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}
