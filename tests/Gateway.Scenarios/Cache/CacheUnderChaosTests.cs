using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using Xunit;
using static Gateway.Scenarios.Cache.CacheWorld;

namespace Gateway.Scenarios.Cache;

/// <summary>
/// Three gateway processes, one Redis, many writers and readers on random instances, and a checker: a list holds what was created before it was asked
/// for, and nothing that was deleted before. Meanwhile Redis is killed, frozen, flushed and restarted.
/// </summary>
public sealed class CacheUnderChaosTests : IDisposable
{
    private const int Writers = 4;
    private const int Faults = 6;
    private const int MaxRounds = 5000;
    private const int MaxObjects = 40;

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("chaos-");
    private readonly ConcurrentQueue<string> _violations = new();
    private int _lists;

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task No_list_misses_a_write_or_shows_what_is_gone()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var upstream = await FakeOpenAI.StartAsync("sk-a");
        var start = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        upstream.CreatedAt = order => start + (order / 1000);
        var config = $$"""
            {
              "server": { "urls": "http://127.0.0.1:0", "admin_urls": "http://127.0.0.1:0" },
              "default_provider": "openai", "drop_in_provider": "openai",
              "providers": { "openai": {
                "keys": [ { "name": "a", "value": "env.A", "weight": 1 } ], "network_config": { "base_url": "{{upstream.Url}}" } } },
              "cache": { "redis": "env.REDIS_URL", "redis_timeout_ms": 500 }
            }
            """;
        var gateways = new List<GatewayProcess>();
        var clients = new List<HttpClient>();
        try
        {
            for (var i = 0; i < 3; i++)
            {
                gateways.Add(await GatewayProcess.StartAsync(
                    _directory.CreateSubdirectory($"{i}").FullName, config, ("A", "sk-a"), ("REDIS_URL", redis.ConnectionString)));
                clients.Add(new HttpClient { BaseAddress = new Uri(gateways[i].Url) });
            }

            var chaos = ChaosAsync(redis, new Random(1));
            await Task.WhenAll(
                Enumerable.Range(0, Writers).Select(writer => WriteAndReadAsync(clients, $"w{writer}", new Random(100 + writer), chaos)));
            await chaos;
            Assert.Empty(_violations);

            // The cache took part, and does.
            Assert.InRange(upstream.Requests.Count(request => request.Method == "GET"), 1, _lists - 1);
            foreach (var client in clients)
            {
                await Until.TrueAsync(
                    async () => IsHit(JsonNode.Parse(await client.GetStringAsync("/v1/containers", Token))!.AsObject()),
                    "The cache did not come back.");
            }
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
            foreach (var gateway in gateways)
            {
                await gateway.DisposeAsync();
            }
        }
    }

    /// <summary>Faults one after the other, with enough calm between them for the cache to come back.</summary>
    private static async Task ChaosAsync(RedisServer redis, Random random)
    {
        for (var fault = 0; fault < Faults; fault++)
        {
            await Task.Delay(random.Next(6000, 8000), Token);
            switch (fault % 4)
            {
                case 0:
                    await redis.PauseAsync();
                    await Task.Delay(random.Next(100, 1200), Token);
                    await redis.ResumeAsync();
                    break;
                case 1:
                    await redis.KillAsync();
                    await Task.Delay(random.Next(100, 1200), Token);
                    await redis.RestartAsync();
                    break;
                case 2:
                    await redis.FlushAllAsync();
                    break;
                default:
                    await redis.RestartAsync();
                    break;
            }
        }

        await Task.Delay(1000, Token);
    }

    private static async Task<string[]> ListAsync(HttpClient http, string path) => Ids(await OkAsync(http.GetAsync(path, Token)));

    /// <summary>One writer's containers and files; its own lists, so that it knows what must be in them.</summary>
    private async Task WriteAndReadAsync(List<HttpClient> clients, string name, Random random, Task until)
    {
        var containers = new List<string>();
        var files = new List<string>();
        var home = await CreateAsync(clients, name, random);
        for (var round = 0; round < MaxRounds && !until.IsCompleted; round++)
        {
            if (containers.Count == 0 || (containers.Count < MaxObjects && random.Next(3) > 0))
            {
                containers.Add(await CreateAsync(clients, name, random));
            }
            else
            {
                await DeleteAsync(clients, random, $"/v1/containers/{Take(containers, random)}");
            }

            if (files.Count == 0 || (files.Count < MaxObjects && random.Next(3) > 0))
            {
                using var form = new MultipartFormDataContent { { new StringContent("text"), "file", $"{round}.txt" } };
                files.Add(await IdAsync(Any(clients, random).PostAsync($"/v1/containers/{home}/files", form, Token)));
            }
            else
            {
                await DeleteAsync(clients, random, $"/v1/containers/{home}/files/{Take(files, random)}");
            }

            for (var read = 0; read < 4; read++)
            {
                Interlocked.Add(ref _lists, 2);
                Compare(
                    $"{name}: containers after round {round}", [home, .. containers],
                    await ListAsync(Any(clients, random), $"/v1/containers?name={name}&limit=100"));
                Compare($"{name}: files after round {round}", files, await ListAsync(Any(clients, random), $"/v1/containers/{home}/files?limit=100"));
            }
        }
    }

    private void Compare(string when, IEnumerable<string> expected, IEnumerable<string> shown)
    {
        var missing = expected.Except(shown).ToList();
        var resurrected = shown.Except(expected).ToList();
        if (missing.Count + resurrected.Count > 0)
        {
            _violations.Enqueue($"{when}: missing {string.Join(' ', missing)}; back from the dead {string.Join(' ', resurrected)}");
        }
    }

    private static HttpClient Any(List<HttpClient> clients, Random random) => clients[random.Next(clients.Count)];

    private static string Take(List<string> ids, Random random)
    {
        var index = random.Next(ids.Count);
        var id = ids[index];
        ids.RemoveAt(index);
        return id;
    }

    private static Task<string> CreateAsync(List<HttpClient> clients, string name, Random random) =>
        IdAsync(Any(clients, random).PostAsync("/v1/containers", Json($$"""{"name":"{{name}}"}"""), Token));

    private static async Task DeleteAsync(List<HttpClient> clients, Random random, string path)
    {
        using var response = await Any(clients, random).DeleteAsync(path, Token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }
}
