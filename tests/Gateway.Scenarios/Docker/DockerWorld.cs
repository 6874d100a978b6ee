using Gateway.Fakes;
using Gateway.Settings;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>One real engine for all scenarios of the docker provider; they run one after the other.</summary>
public sealed class DockerWorld : IAsyncLifetime
{
    internal PodmanEngine Engine { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Engine = await PodmanEngine.StartAsync();

    public ValueTask DisposeAsync() => Engine?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>A provider of the engine's containers.</summary>
    internal ProviderSettings Docker(string more = "", string name = "docker") => TestSettings.Keyless(
        "docker",
        $$"""{ "host": "unix://{{Engine.SocketPath}}", "image": "{{PodmanEngine.Image}}", "ulimits": { "nofile": 1024, "nproc": 1000 }{{more}} }""",
        name);

    /// <summary>A gateway before the engine.</summary>
    internal Task<RunningGateway> GatewayAsync(string more = "", TimeProvider? time = null, string name = "docker", long maxFileBytes = 2L << 30)
    {
        var settings = TestSettings.Of(Docker(more, name));
        return RunningGateway.StartAsync(settings with { Client = settings.Client with { MaxFileBytes = maxFileBytes } }, time: time);
    }
}

[CollectionDefinition(nameof(DockerWorld), DisableParallelization = true)]
public sealed class DockerCollection : ICollectionFixture<DockerWorld>;
