using System.Net;
using Gateway.Fakes;
using Gateway.Settings;

namespace Gateway.Scenarios.Access;

/// <summary>A gateway with client keys, its file, and what clients send it.</summary>
internal sealed class AccessWorld : IAsyncDisposable
{
    /// <summary>Values of keys, in the order in which tests hand them out.</summary>
    public const string Ann = "sk-bf-Q2xpZW50IGtleSBvZiBBbm4sIGZvciB0ZXN0cy4x";

    /// <inheritdoc cref="Ann"/>
    public const string Bob = "sk-bf-Q2xpZW50IGtleSBvZiBCb2IsIGZvciB0ZXN0cy4y";

    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-access-").FullName;

    private AccessWorld()
    {
    }

    public RunningGateway Gateway { get; private set; } = null!;

    public HttpClient Client => Gateway.Client;

    public string FileName => System.IO.Path.Combine(_directory, "gateway.json");

    /// <summary>Starts a gateway of this file.</summary>
    public static async Task<AccessWorld> StartAsync(string json, TimeProvider? time = null, params (string Name, string Value)[] environment)
    {
        var world = new AccessWorld();
        await File.WriteAllTextAsync(world.FileName, json);
        var variables = environment.ToDictionary(each => each.Name, each => each.Value);
        world.Gateway = await RunningGateway.StartAsync(
            SettingsReader.Read(world.FileName, name => variables.GetValueOrDefault(name), world._directory), time: time);
        return world;
    }

    /// <summary>A file with the provider `local`, these keys of it, and what else is given.</summary>
    public static string Local(string keys, string others = "") => Of("\"local\": {}", keys, others);

    /// <summary>A file with these providers and keys, and what else is given.</summary>
    public static string Of(string providers, string keys, string others = "") =>
        $$"""
        {
          "default_provider": "local", "drop_in_provider": "local", "providers": { {{providers}} }, {{others}}
          "governance": { "virtual_keys": [ {{keys}} ] }
        }
        """;

    /// <summary>A key that may use all providers.</summary>
    public static string Key(string name, string value, string others = "") =>
        $$"""{ "name": "{{name}}", "value": "{{value}}", "provider_configs": [ { "provider": "*" } ]{{others}} }""";

    /// <summary>Sends a request with these headers as they are.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers) =>
        Client.SendAsync(method, path, body, headers);

    /// <summary>Asks for a list with these headers.</summary>
    public Task<HttpResponseMessage> ListAsync(string surface = "/v1", params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, surface + "/containers", null, headers);

    /// <summary>The status of such a list.</summary>
    public async Task<HttpStatusCode> StatusAsync(params (string Name, string Value)[] headers)
    {
        using var answer = await ListAsync(headers: headers);
        return answer.StatusCode;
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
