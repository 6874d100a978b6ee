using System.Text.Json.Nodes;
using Gateway.Fakes;
using Xunit;
using static Gateway.Scenarios.Accounts.AccountsWorld;

namespace Gateway.Scenarios.Accounts;

/// <summary>Two gateways, each a process with a data directory of its own, over three accounts and one real Redis.</summary>
internal sealed class SharedWorld : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-shared-").FullName;
    private readonly List<GatewayProcess> _gateways = [];
    private readonly List<HttpClient> _clients = [];

    private readonly TimeSpan _redisTimeout;

    private SharedWorld(FakeOpenAI upstream, RedisServer redis, TimeSpan redisTimeout)
    {
        _redisTimeout = redisTimeout;
        Upstream = upstream;
        Redis = redis;
    }

    public FakeOpenAI Upstream { get; }

    public RedisServer Redis { get; }

    /// <summary>A client of each gateway.</summary>
    public IReadOnlyList<HttpClient> Http => _clients;

    public static async Task<SharedWorld> StartAsync(TimeSpan? redisTimeout = null)
    {
        var world = new SharedWorld(await FakeOpenAI.StartAsync(Keys), await RedisServer.StartAsync(), redisTimeout ?? RedisServer.Patience);
        var gateways = await Task.WhenAll(Enumerable.Range(0, 2).Select(world.GatewayAsync));
        world._gateways.AddRange(gateways);
        world._clients.AddRange(gateways.Select(gateway => new HttpClient { BaseAddress = new Uri(gateway.Url) }));
        await world.UntilHealedAsync();
        return world;
    }

    /// <summary>The client of one of the gateways, in turn.</summary>
    public HttpClient Turn(int number) => _clients[number % _clients.Count];

    public async Task<string> CreateAsync(int number, CancellationToken cancellationToken = default) =>
        await IdAsync(Turn(number).PostAsync("/v1/containers", Json($$"""{"name":"c{{number}}"}"""), cancellationToken));

    /// <summary>Waits until the gateway of a turn knows the container's owner; what the other one learns is written a moment later.</summary>
    public async Task UntilKnownAsync(int number, string id)
    {
        using var admin = new HttpClient();
        var explain = $"{_gateways[number % _gateways.Count].AdminUrl}/explain?operation=container_file_list&container_id={id}";
        await Until.TrueAsync(
            async () => (await admin.GetStringAsync(explain)).Contains("the ledger knows the owner", StringComparison.Ordinal),
            "The other gateway has not learnt it.");
    }

    /// <summary>Waits until every gateway says that Redis works.</summary>
    public async Task UntilHealedAsync()
    {
        using var admin = new HttpClient();
        foreach (var gateway in _gateways)
        {
            await Until.TrueAsync(
                async () => JsonNode.Parse(await admin.GetStringAsync(gateway.AdminUrl + "/readyz"))!["ledger"]!.GetValue<string>() == "ok",
                "The ledger of a gateway has not healed.");
        }
    }

    /// <summary>Every container, listed page by page, each page by the other gateway.</summary>
    public async Task<List<string>> WalkAsync(string query)
    {
        var ids = new List<string>();
        for (var page = 0; ; page++)
        {
            var list = await OkAsync(Turn(page).GetAsync($"/v1/containers?{query}" + (ids.Count == 0 ? "" : $"&after={ids[^1]}")));
            Assert.Null(list["extra_fields"]!["partial"]);
            ids.AddRange(Ids(list));
            if (!list["has_more"]!.GetValue<bool>())
            {
                return ids;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        foreach (var gateway in _gateways)
        {
            await gateway.DisposeAsync();
        }

        await Redis.DisposeAsync();
        await Upstream.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private Task<GatewayProcess> GatewayAsync(int number)
    {
        var directory = Directory.CreateDirectory(System.IO.Path.Combine(_directory, $"{number}")).FullName;
        var keys = string.Join(", ", Keys.Select(key => $$"""{ "name": "{{key}}", "value": "{{key}}", "weight": 1 }"""));
        return GatewayProcess.StartAsync(directory, $$"""
            {
              "server": { "urls": "http://127.0.0.1:0", "admin_urls": "http://127.0.0.1:0" },
              "default_provider": "openai",
              "data_directory": "./data",
              "providers": { "openai": { "keys": [ {{keys}} ], "network_config": { "base_url": "{{Upstream.Url}}" } } },
              "cache": { "enabled": false, "redis": "{{Redis.Url}}", "redis_timeout_ms": {{_redisTimeout.TotalMilliseconds}} }
            }
            """);
    }
}
