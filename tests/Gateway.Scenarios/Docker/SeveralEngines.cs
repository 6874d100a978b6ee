using System.Text.Json;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using Gateway.Settings;

namespace Gateway.Scenarios.Docker;

/// <summary>A gateway whose one provider has a key for each engine, read from a file that a test can edit.</summary>
internal sealed class SeveralEngines : IAsyncDisposable
{
    private readonly string _folder;
    private readonly string _provider;

    private SeveralEngines(string folder, string provider, RunningGateway gateway)
    {
        _folder = folder;
        _provider = provider;
        Gateway = gateway;
    }

    public RunningGateway Gateway { get; }

    public HttpClient Http => Gateway.Client;

    /// <summary>Starts one.</summary>
    /// <param name="provider">Its provider's name: what containers are marked with.</param>
    /// <param name="common">What all engines have in common.</param>
    /// <param name="keys">Name, weight and section of each.</param>
    /// <param name="time">The clock.</param>
    /// <param name="network">Its <c>network_config</c>; patient by default.</param>
    public static async Task<SeveralEngines> StartAsync(
        string provider, object common, (string Name, double Weight, object Section)[] keys, TimeProvider? time = null, object? network = null)
    {
        var folder = Directory.CreateTempSubdirectory("engines-").FullName;
        var path = System.IO.Path.Combine(folder, "gateway.json");
        await File.WriteAllTextAsync(path, Config(provider, common, network, keys));
        return new SeveralEngines(folder, provider, await RunningGateway.StartAsync(SettingsReader.Read(path, _ => null, folder), time: time));
    }

    /// <summary>A file for them.</summary>
    public static string Config(
        string provider, object common, object? network, params (string Name, double Weight, object Section)[] keys) => JsonSerializer.Serialize(new
    {
        default_provider = provider,
        drop_in_provider = provider,
        cache = new { enabled = false },
        providers = new Dictionary<string, object>
        {
            [provider] = new
            {
                custom_provider_config = new { base_provider_type = "docker" },
                docker_config = common,
                network_config = network ?? new { default_request_timeout_in_seconds = 600 },
                keys = keys.Select(key => new { name = key.Name, weight = key.Weight, docker_config = key.Section }),
            },
        },
    });

    public Task EditAsync(object common, params (string Name, double Weight, object Section)[] keys) =>
        File.WriteAllTextAsync(System.IO.Path.Combine(_folder, "gateway.json"), Config(_provider, common, null, keys));

    /// <summary>Sends a create and returns the answer.</summary>
    public Task<HttpResponseMessage> PostAsync(string? key = null, object? body = null, string? idempotencyKey = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/containers")
        {
            Content = new StringContent(JsonSerializer.Serialize(body ?? new { name = "box" }), System.Text.Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in new[] { ("x-bf-api-key", key), ("Idempotency-Key", idempotencyKey) })
        {
            if (value is not null)
            {
                request.Headers.Add(name, value);
            }
        }

        return Http.SendAsync(request);
    }

    /// <summary>Makes a container and returns its id and the key it was made with.</summary>
    public async Task<(string Id, string Key)> CreateAsync(string? key = null, object? body = null)
    {
        using var answer = await PostAsync(key, body);
        return (answer.Ok().Text("id"), KeyOf(answer));
    }

    /// <summary>The ids of all containers, read in pages.</summary>
    public async Task<List<string>> ListAsync(int limit)
    {
        var ids = new List<string>();
        JsonElement page;
        do
        {
            page = await Http.ReadAsync($"/v1/containers?limit={limit}" + (ids.Count == 0 ? "" : $"&after={ids[^1]}"));
            ids.AddRange(page.Data("id"));
        }
        while (page.GetProperty("has_more").GetBoolean());
        return ids;
    }

    public async Task<JsonNode> AdminAsync(string path) => JsonNode.Parse(await Http.GetStringAsync(Gateway.AdminUrl + path))!;

    public static string KeyOf(HttpResponseMessage answer) => answer.Headers.GetValues("x-bifrost-routing-info-key").Single();

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
