using System.Net;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Xunit;

namespace Gateway.Scenarios.Cache;

/// <summary>Gateways that cache lists of one upstream, each with memory of its own; with a Redis, they share it.</summary>
internal sealed class CacheWorld : IAsyncDisposable
{
    private readonly List<RunningGateway> _gateways = [];

    private CacheWorld(FakeOpenAI upstream, RedisServer? redis)
    {
        Upstream = upstream;
        Redis = redis;
    }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public FakeOpenAI Upstream { get; }

    public RedisServer? Redis { get; }

    public IReadOnlyList<RunningGateway> Gateways => _gateways;

    public HttpClient Http => _gateways[0].Client;

    /// <summary>List calls that reached the upstream.</summary>
    public int ListsAsked => Upstream.Requests.Count(request =>
        request.Method == "GET" && request.Target.Split('?')[0] is var path
        && (path.EndsWith("/containers", StringComparison.Ordinal) || path.EndsWith("/files", StringComparison.Ordinal)));

    public static async Task<CacheWorld> StartAsync(
        int gateways = 1, bool redis = false, TimeProvider? time = null, string[]? keys = null, Func<GatewaySettings, GatewaySettings>? change = null)
    {
        var upstream = await FakeOpenAI.StartAsync(keys ?? ["sk-a"]);

        // Containers of today: what is long past its time is not kept as running.
        var start = (time ?? TimeProvider.System).GetUtcNow().ToUnixTimeSeconds();
        upstream.CreatedAt = order => start + (order / 1000);
        var world = new CacheWorld(upstream, redis ? await RedisServer.StartAsync() : null);
        var network = new NetworkSettings { RequestTimeout = TimeSpan.FromSeconds(60), ConnectTimeout = TimeSpan.FromSeconds(60) };
        var settings = TestSettings.Of(TestSettings.OpenAI(upstream.Url, network: network, keys: keys ?? ["sk-a"]));
        settings = settings with
        {
            Cache = settings.Cache with
            {
                Enabled = true,
                FileListTtl = settings.Cache.Ttl,
                Redis = world.Redis is { } server ? new Secret(server.ConnectionString) : null,
                RedisTimeout = RedisServer.Patience,
            },
        };
        settings = change?.Invoke(settings) ?? settings;
        for (var i = 0; i < gateways; i++)
        {
            world._gateways.Add(await RunningGateway.StartAsync(settings, time: time));
        }

        return world;
    }

    /// <summary>A list, with the headers given.</summary>
    public Task<JsonObject> ListAsync(int gateway = 0, string path = "/v1/containers", params (string Name, string Value)[] headers) =>
        OkAsync(SendAsync(gateway, path, headers));

    /// <summary>A list that must come out of the cache: at once, or with a Redis soon, since a busy machine may miss its time limit.</summary>
    public async Task<JsonObject> HitAsync(int gateway = 0, string path = "/v1/containers")
    {
        var list = await ListAsync(gateway, path);
        if (Redis is not null)
        {
            await Until.TrueAsync(async () => IsHit(list = await ListAsync(gateway, path)), $"{path} is not cached on {gateway}.");
        }

        Assert.True(IsHit(list));
        return list;
    }

    public Task<HttpResponseMessage> SendAsync(int gateway, string path, params (string Name, string Value)[] headers) =>
        Gateways[gateway].Client.SendAsync(HttpMethod.Get, path, null, headers);

    public async Task<string> CreateAsync(int gateway = 0, string name = "c", string provider = "openai") =>
        await IdAsync(Gateways[gateway].Client.PostAsync($"/v1/containers?provider={provider}", Json($$"""{"name":"{{name}}"}"""), Token));

    public async Task<string> UploadAsync(string container, int gateway = 0, string name = "a.txt")
    {
        using var form = new MultipartFormDataContent { { new StringContent("text"), "file", name } };
        return await IdAsync(Gateways[gateway].Client.PostAsync($"/v1/containers/{container}/files", form, Token));
    }

    public async Task DeleteAsync(string path, int gateway = 0, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var response = await Gateways[gateway].Client.DeleteAsync(path, Token);
        Assert.Equal(status, response.StatusCode);
    }

    public static JsonObject? Debug(JsonObject list) => list["extra_fields"]!["cache_debug"]?.AsObject();

    public static bool IsHit(JsonObject list) => Debug(list)!["cache_hit"]!.GetValue<bool>();

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
        {
            await gateway.DisposeAsync();
        }

        await Upstream.DisposeAsync();
        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }
    }
}
