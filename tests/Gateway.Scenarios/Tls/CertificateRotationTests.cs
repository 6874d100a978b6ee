using System.Net;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using Gateway.Scenarios.Hostile;
using Xunit;

namespace Gateway.Scenarios.Tls;

/// <summary>New files are used without a restart, and bad ones are not.</summary>
public sealed class CertificateRotationTests : IDisposable
{
    private readonly TlsWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData("in place")]
    [InlineData("renamed over")]
    [InlineData("link switched")]
    public async Task New_certificate_is_shown_to_new_connections_while_old_ones_live_on(string how)
    {
        Write(how, "first");
        using var logs = new Logs();
        await using var gateway = await RunningGateway.StartAsync(await _world.SettingsAsync(), logs);
        Assert.Equal("CN=first", await ShownAsync(gateway));
        using var old = _world.Client(gateway.Url);
        Assert.Equal(HttpStatusCode.OK, (await old.GetAsync("/v1/containers")).StatusCode);

        Write(how, "second");
        await Until.TrueAsync(async () => await ShownAsync(gateway) == "CN=second", "The new certificate is never shown.");
        Assert.Equal(HttpStatusCode.OK, (await old.GetAsync("/v1/containers")).StatusCode);
        Assert.DoesNotContain(logs.Lines, line => line.Contains("need a restart", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Pair_that_does_not_fit_keeps_the_old_one_and_is_told_like_a_refused_edit()
    {
        Write("in place", "first");
        using var logs = new Logs();
        await using var gateway = await RunningGateway.StartAsync(await _world.SettingsAsync(), logs);
        using (var other = _world.Authority.ForServer("other"))
        {
            await File.WriteAllTextAsync(_world.Path("tls.key"), Authority.KeyPem(other));
        }

        await Until.TrueAsync(async () => await RefusedAsync(gateway) is not null, "The pair is never refused.");
        Assert.Contains("$.server.tls.key: the private key (RSA or ECDSA) does not belong", await RefusedAsync(gateway), StringComparison.Ordinal);
        Assert.Contains(logs.Lines, line => line.Contains("does not belong to the certificate", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Lines, line => line.Contains("PRIVATE KEY-----", StringComparison.Ordinal));
        Assert.Equal("CN=first", await ShownAsync(gateway));

        Write("in place", "third");
        await Until.TrueAsync(async () => await ShownAsync(gateway) == "CN=third", "The mended pair is never shown.");
        await Until.TrueAsync(async () => await RefusedAsync(gateway) is null, "The refusal stays.");
    }

    [Fact]
    public async Task Pair_that_no_handshake_can_use_keeps_the_old_one()
    {
        Write("in place", "first");
        await using var gateway = await RunningGateway.StartAsync(await _world.SettingsAsync());

        // Too short for OpenSSL's default security level, which shows in a handshake only.
        using (var weak = _world.Authority.ForServer("weak", bits: 512))
        {
            _world.WritePair(weak);
        }

        await Until.TrueAsync(async () => await RefusedAsync(gateway) is not null, "The pair is never refused.");
        Assert.Contains("server.tls cannot be used: ", await RefusedAsync(gateway), StringComparison.Ordinal);
        Assert.Equal("CN=first", await ShownAsync(gateway));
    }

    private async Task<string> ShownAsync(RunningGateway gateway)
    {
        await using var stream = await _world.ShakeHandsAsync(gateway.Url);
        return stream.RemoteCertificate!.Subject;
    }

    private static async Task<string?> RefusedAsync(RunningGateway gateway)
    {
        using var http = new HttpClient();
        return (string?)JsonNode.Parse(await http.GetStringAsync(gateway.AdminUrl + "/readyz"))!["config_refused"];
    }

    /// <summary>A new pair as editors and certbot bring it, one file after the other.</summary>
    private void Write(string how, string name)
    {
        using var pair = _world.Authority.ForServer(name);
        if (how == "in place")
        {
            _world.WritePair(pair);
            return;
        }

        var folder = Directory.CreateDirectory(_world.Path(name));
        _world.WritePair(pair, System.IO.Path.Combine(name, "tls"));
        foreach (var file in new[] { "tls.crt", "tls.key" })
        {
            var replacement = System.IO.Path.Combine(folder.FullName, file);
            if (how == "link switched")
            {
                replacement = File.CreateSymbolicLink(_world.Path(file + ".new"), replacement).FullName;
            }

            File.Move(replacement, _world.Path(file), overwrite: true);
        }
    }
}
