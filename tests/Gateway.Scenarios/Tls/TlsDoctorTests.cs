using Gateway.Fakes;
using Gateway.Hosting;
using Xunit;

namespace Gateway.Scenarios.Tls;

/// <summary>What `gateway doctor` and a start say about certificates.</summary>
public sealed class TlsDoctorTests : IDisposable
{
    private readonly TlsWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(-30, 60, 0, "ok .*tls certificate +CN=localhost expires at 20")]
    [InlineData(-30, 13, 0, "ok .*warning +tls certificate: CN=localhost expires soon, at 20")]
    [InlineData(-30, -1, 1, "FAIL .*tls certificate +CN=localhost expired at 20")]
    [InlineData(2, 60, 1, "FAIL .*tls certificate +CN=localhost is not valid before 20")]
    public async Task Doctor_tells_when_the_certificate_is_valid(int fromDays, int untilDays, int code, string said)
    {
        var now = DateTimeOffset.UtcNow;
        using (var pair = _world.Authority.ForServer(from: now.AddDays(fromDays), until: now.AddDays(untilDays)))
        {
            _world.WritePair(pair);
        }

        var (exit, output) = await RunAsync();
        Assert.Matches(said, output);
        Assert.Matches("ok .*tls +a handshake with the certificate succeeds", output);
        Assert.Equal(code, exit);
    }

    [Fact]
    public async Task Doctor_fails_on_a_pair_that_does_not_fit_or_that_no_handshake_can_use()
    {
        using (var pair = _world.Authority.ForServer())
        using (var other = _world.Authority.ForServer())
        {
            _world.WritePair(pair);
            await File.WriteAllTextAsync(_world.Path("tls.key"), Authority.KeyPem(other));
        }

        var (exit, output) = await RunAsync();
        Assert.Matches("FAIL +configuration .*server.tls.key: the private key .* does not belong to the certificate", output);
        Assert.Equal(1, exit);
        Assert.DoesNotContain("PRIVATE KEY-----", output, StringComparison.Ordinal);

        using (var weak = _world.Authority.ForServer(bits: 512))
        {
            _world.WritePair(weak);
        }

        (exit, output) = await RunAsync();
        Assert.Matches("FAIL +tls +server.tls cannot be used: .", output);
        Assert.Equal(1, exit);
    }

    [Theory]
    [InlineData(true, "$.server.tls.key: the private key")]
    [InlineData(false, "server.tls cannot be used: ")]
    public async Task Start_with_a_broken_pair_fails_with_one_clear_sentence(bool isForeign, string said)
    {
        using (var pair = _world.Authority.ForServer(bits: isForeign ? 2048 : 512))
        using (var other = _world.Authority.ForServer())
        {
            _world.WritePair(pair);
            if (isForeign)
            {
                await File.WriteAllTextAsync(_world.Path("tls.key"), Authority.KeyPem(other));
            }
        }

        await using var gateway = await GatewayProcess.LaunchAsync(_world.Path(""), $$"""
            {
              "server": { "urls": "https://127.0.0.1:0", "admin_urls": "http://127.0.0.1:0", "tls": { "certificate": "tls.crt", "key": "tls.key" } },
              "default_provider": "local", "drop_in_provider": "local", "data_directory": "./data", "providers": { "local": {} }
            }
            """);
        await gateway.WaitForExitAsync(Until.Hung);
        Assert.Equal(78, gateway.ExitCode);
        Assert.Contains(said, Assert.Single(gateway.Output, line => line.Contains("server.tls", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain(gateway.Output, line => line.StartsWith("   at ", StringComparison.Ordinal));
    }

    private async Task<(int Code, string Output)> RunAsync()
    {
        await File.WriteAllTextAsync(_world.Path("gateway.json"), """
            {
              "server": { "urls": "https://127.0.0.1:8443", "tls": { "certificate": "tls.crt", "key": "tls.key" } },
              "data_directory": "./data", "default_provider": "local", "drop_in_provider": "local", "providers": { "local": {} }
            }
            """);
        using var output = new StringWriter();
        var code = await Doctor.RunAsync(_world.Path("gateway.json"), _ => null, _world.Path(""), output);
        return (code, output.ToString());
    }
}
