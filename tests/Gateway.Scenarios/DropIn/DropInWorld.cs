using System.ClientModel;
using System.ClientModel.Primitives;
using Gateway.Fakes;
using Gateway.Settings;
using OpenAI.Containers;

namespace Gateway.Scenarios.DropIn;

/// <summary>What serves the calls behind the gateway.</summary>
public enum UpstreamKind
{
    /// <summary>An upstream of OpenAI's shape: bodies pass through.</summary>
    FakeOpenAI,

    /// <summary>Three accounts of such an upstream: containers are found at their owners, lists are merged.</summary>
    ThreeAccounts,

    /// <summary>The built-in provider: bodies are read and answers are made by the gateway.</summary>
    Local,
}

/// <summary>A gateway over one upstream, and the clients that know nothing of it but a base URL and a key.</summary>
internal sealed class DropInWorld : IAsyncDisposable
{
    private DropInWorld(UpstreamKind kind, FakeOpenAI? upstream, RunningGateway gateway)
    {
        Kind = kind;
        Upstream = upstream;
        Gateway = gateway;
    }

    public UpstreamKind Kind { get; }

    /// <summary>The upstream, or null for <see cref="UpstreamKind.Local"/>.</summary>
    public FakeOpenAI? Upstream { get; }

    public RunningGateway Gateway { get; }

    /// <summary>A plain client of the public listener.</summary>
    public HttpClient Http => Gateway.Client;

    public static async Task<DropInWorld> StartAsync(UpstreamKind kind, NetworkSettings? network = null)
    {
        string[] keys = kind == UpstreamKind.ThreeAccounts ? ["sk-a", "sk-b", "sk-c"] : [];
        var upstream = kind == UpstreamKind.Local ? null : await FakeOpenAI.StartAsync(keys);
        var provider = upstream is null ? TestSettings.Local() : TestSettings.OpenAI(upstream.Url, network: network, keys: keys);
        return new DropInWorld(kind, upstream, await RunningGateway.StartAsync(TestSettings.Of(provider)));
    }

    /// <summary>The official .NET client, as its README has it made; only the endpoint differs.</summary>
    /// <param name="path">The gateway's base path.</param>
    /// <param name="retries">Repetitions the client makes by itself; null for its own default.</param>
    public ContainerClient Containers(string path = "/openai/v1", int? retries = null)
    {
        var options = new ContainerClientOptions { Endpoint = new Uri(Gateway.Url + path) };
        if (retries is { } count)
        {
            options.RetryPolicy = new ClientRetryPolicy(count);
        }

        return new ContainerClient(new ApiKeyCredential("sk-client"), options);
    }

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        if (Upstream is not null)
        {
            await Upstream.DisposeAsync();
        }
    }
}
