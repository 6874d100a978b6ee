using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>A real engine behind TLS that asks for certificates.</summary>
[Collection(nameof(DockerWorld))]
public sealed class DockerOverTls(DockerWorld world)
{
    [Fact]
    public async Task Serves_a_gateway_with_its_certificate()
    {
        await using var door = new TlsDoor(world.Engine.SocketPath);
        await using var gateway = await GatewayAsync(door, door.CaPath, withCertificate: true);
        var http = gateway.Client;
        var id = await http.CreateAsync();
        var bytes = new byte[300_000];
        Random.Shared.NextBytes(bytes);
        var file = (await http.UploadAsync(id, bytes)).Text("id");
        Assert.Equal(["/mnt/data/a.bin"], (await http.FilesAsync(id)).Data("path"));
        Assert.Equal(bytes, await http.DownloadAsync(id, file));
        (await http.DeleteAsync($"/v1/containers/{id}")).Ok();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Is_not_reached_by_one_without_a_certificate_or_with_another_authority(bool isKnown)
    {
        await using var door = new TlsDoor(world.Engine.SocketPath);
        await using var gateway = await GatewayAsync(door, isKnown ? door.CaPath : door.StrangerPath, withCertificate: !isKnown);
        var (status, code, _) = (await gateway.Client.GetAsync("/v1/containers")).Refused();
        Assert.Equal((503, "engine_unreachable"), (status, code));
    }

    private static Task<RunningGateway> GatewayAsync(TlsDoor door, string ca, bool withCertificate)
    {
        var own = withCertificate ? $$""", "cert": "{{door.CertificatePath}}", "key": "{{door.KeyPath}}" """ : "";
        return RunningGateway.StartAsync(TestSettings.Of(TestSettings.Keyless("docker", $$"""
            {
              "host": "tcp://localhost:{{door.Port}}", "image": "{{PodmanEngine.Image}}", "ulimits": { "nofile": 1024, "nproc": 1000 },
              "tls": { "ca": "{{ca}}"{{own}} }
            }
            """)));
    }
}
