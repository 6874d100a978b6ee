using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>A real engine behind TLS that asks for certificates.</summary>
[Collection(nameof(DockerWorld))]
public sealed class DockerTlsTests(DockerWorld world)
{
    [Fact]
    public async Task Engine_behind_tls_serves_a_gateway_with_its_certificate()
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
    public async Task Engine_behind_tls_is_not_reached_without_a_certificate_or_with_another_authority(bool isKnown)
    {
        await using var door = new TlsDoor(world.Engine.SocketPath);
        await using var gateway = await GatewayAsync(door, isKnown ? door.CaPath : door.StrangerPath, withCertificate: !isKnown);
        var (status, code, _) = (await gateway.Client.GetAsync("/v1/containers")).Refused();

        // Since TLS 1.3 a client's certificate is judged only after the handshake: the engine ends the connection it has accepted.
        Assert.Equal(isKnown ? (502, "provider_connection_failed") : (503, "engine_unreachable"), (status, code));
    }

    [Fact]
    public async Task Certificate_of_an_engine_is_vouched_for_by_its_own_authority_and_by_no_other_engines()
    {
        await using var door = new TlsDoor(world.Engine.SocketPath);
        await using var engines = await SeveralEngines.StartAsync(
            "pair", new { tls = Tls(door.CaPath) },
            [("a", 1, new { host = $"tcp://localhost:{door.Port}" }),
                ("b", 1, new { host = $"tcp://127.0.0.1:{door.Port}", tls = Tls(door.StrangerPath) })]);
        (await ListAsync("a")).Ok();
        Assert.Equal(503, (await ListAsync("b")).Refused().Status);

        object Tls(string ca) => new { ca, cert = door.CertificatePath, key = door.KeyPath };

        async Task<HttpResponseMessage> ListAsync(string key)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/containers") { Headers = { { "x-bf-api-key", key } } };
            return await engines.Http.SendAsync(request);
        }
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
