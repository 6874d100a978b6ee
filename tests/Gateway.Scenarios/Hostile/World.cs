using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Text;
using Gateway.Fakes;
using Gateway.Providers.Contract;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>A behaving upstream behind a gateway with small limits, shared by the tests of a class, which run one after another.</summary>
public sealed class World : IAsyncLifetime
{
    internal const int MaxJson = 64 * 1024;
    internal const int MaxFile = 2 * 1024 * 1024;

    internal FakeOpenAI Upstream { get; private set; } = null!;

    internal RunningGateway Gateway { get; private set; } = null!;

    internal Logs Logs { get; } = new();

    public async ValueTask InitializeAsync()
    {
        Upstream = await FakeOpenAI.StartAsync();

        // The second one is a name to contradict with; it cannot be asked for containers, so that one call stays one request.
        var second = TestSettings.OpenAI(Upstream.Url, "second") with
        {
            AllowedOperations = new[] { Operation.ContainerCreate, Operation.ContainerList }.ToFrozenSet(),
        };
        var settings = TestSettings.Of(TestSettings.OpenAI(Upstream.Url), second);
        Gateway = await RunningGateway.StartAsync(
            settings with { Client = settings.Client with { MaxRequestBodyBytes = MaxJson, MaxFileBytes = MaxFile } }, Logs);
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    /// <summary>
    /// Targets of requests that were cut short: their clients may have their answer before the upstream has looked at them, which then happens while
    /// another test runs.
    /// </summary>
    internal ConcurrentBag<string> Late { get; } = [];

    /// <summary>What reached the upstream while the action ran.</summary>
    internal async Task<List<Received>> SeenDuringAsync(Func<Task> action)
    {
        var before = Upstream.Requests.Count;
        await action();
        return [.. Upstream.Requests.Skip(before).Where(request => !Late.Contains(request.Target))];
    }

    /// <summary>Sends a create with these bytes.</summary>
    internal async Task<RawAnswer> CreateAsync(byte[] body, string headers = "Content-Type: application/json\r\n", string query = "")
    {
        await using var client = await RawClient.ConnectAsync(Gateway);
        await client.SendAsync($"POST /v1/containers{query} HTTP/1.1\r\nHost: gateway\r\n{headers}Content-Length: {body.Length}\r\n\r\n");
        await client.SendAsync(body);
        return (await client.ReceiveAsync())!;
    }

    internal Task<RawAnswer> CreateAsync(string body, string headers = "Content-Type: application/json\r\n", string query = "") =>
        CreateAsync(Encoding.UTF8.GetBytes(body), headers, query);

    /// <summary>A new container's id.</summary>
    internal async Task<string> ContainerAsync() => (await CreateAsync("""{"name":"c"}""")).Json.GetProperty("id").GetString()!;
}
