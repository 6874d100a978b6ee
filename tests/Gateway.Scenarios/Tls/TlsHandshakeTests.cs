using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Tls;

/// <summary>Listeners with TLS: versions, protocols, certificates of both sides.</summary>
public sealed class TlsHandshakeTests : IDisposable
{
    private readonly TlsWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Handshake_of_today_agrees_on_http2_or_on_http11_as_the_client_offers(SslProtocols protocol)
    {
        await using var gateway = await StartAsync();
        foreach (var (offered, agreed) in new (SslApplicationProtocol[], string)[]
        {
            ([SslApplicationProtocol.Http2, SslApplicationProtocol.Http11], "h2"), ([SslApplicationProtocol.Http11], "http/1.1"), ([], ""),
        })
        {
            await using var stream = await _world.ShakeHandsAsync(gateway.Url, protocol, null, offered);
            Assert.Equal((protocol, agreed), (stream.SslProtocol, stream.NegotiatedApplicationProtocol.ToString()));
        }

        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var client = _world.Client(gateway.Url, version);
            using var answer = await client.GetAsync("/v1/containers");
            Assert.Equal((HttpStatusCode.OK, version), (answer.StatusCode, answer.Version));
        }
    }

    [Fact]
    public async Task Handshake_below_version_12_is_refused()
    {
        await using var gateway = await StartAsync();
#pragma warning disable CA5397, SYSLIB0039 // That it is not taken is the point.
        await Assert.ThrowsAnyAsync<Exception>(() => _world.ShakeHandsAsync(gateway.Url, SslProtocols.Tls11));
#pragma warning restore CA5397, SYSLIB0039
    }

    [Fact]
    public async Task Chain_and_key_may_be_in_the_file_of_the_certificate()
    {
        using var between = _world.Authority.Below("the one between");
        using var pair = between.ForServer();
        await File.WriteAllTextAsync(_world.Path("all.pem"), $"{pair.ExportCertificatePem()}\n{between.IssuerPem}\n{Authority.KeyPem(pair)}");
        await using var gateway = await RunningGateway.StartAsync(await _world.SettingsAsync("""{ "certificate": "all.pem" }"""));

        // The client knows the root only.
        await using var stream = await _world.ShakeHandsAsync(gateway.Url);
        Assert.Equal("CN=localhost", stream.RemoteCertificate!.Subject);
    }

    [Fact]
    public async Task Client_without_a_certificate_or_with_a_foreign_one_is_turned_away_where_client_ca_is_set()
    {
        using var clients = new Authority("the clients'");
        using var between = clients.Below("theirs between");
        using var stranger = new Authority("the clients'");
        using var right = clients.ForClient("right");
        using var foreign = stranger.ForClient("foreign");
        using var serverOnly = clients.ForServer("a server's");
        await File.WriteAllTextAsync(_world.Path("ca.pem"), clients.RootPem);
        await using var gateway = await StartAsync("""{ "certificate": "tls.crt", "key": "tls.key", "client_ca": "ca.pem" }""");
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            Assert.Equal(HttpStatusCode.OK, await AskAsync(gateway, version, right));
            Assert.Null(await AskAsync(gateway, version, null));
            Assert.Null(await AskAsync(gateway, version, foreign));

            // What the same authority issued for something else opens nothing.
            Assert.Null(await AskAsync(gateway, version, serverOnly));

            // The system's authorities, and the one of the gateway itself, vouch for no client.
            using var own = _world.Authority.ForClient("own");
            Assert.Null(await AskAsync(gateway, version, own));
        }
    }

    [Fact]
    public async Task Listeners_without_tls_and_the_admin_one_stay_as_they_are()
    {
        await using var gateway = await StartAsync();
        using var plain = _world.Client(gateway.Http2Url);
        Assert.Equal(HttpStatusCode.OK, (await plain.GetAsync("/v1/containers")).StatusCode);
        using var admin = _world.Client(gateway.AdminUrl, HttpVersion.Version11);
        var ready = await admin.GetStringAsync("/readyz");
        Assert.Contains("\"certificate_expires\":\"20", ready, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Admin_listener_speaks_tls_when_its_url_says_so()
    {
        using var pair = _world.Authority.ForServer();
        _world.WritePair(pair);
        var settings = await _world.SettingsAsync();
        await using var gateway = await RunningGateway.StartAsync(
            settings with { Server = settings.Server with { AdminUrls = ["https://127.0.0.1:0"] } });
        Assert.StartsWith("https://", gateway.AdminUrl, StringComparison.Ordinal);
        using var admin = _world.Client(gateway.AdminUrl);
        Assert.Equal(HttpStatusCode.OK, (await admin.GetAsync("/livez")).StatusCode);
    }

    [Theory]
    [InlineData("https://gateway.example:8443", "gateway.example:8443", true)]
    [InlineData("http://gateway.example:8443", "gateway.example:8443", false)]
    [InlineData("https://gateway.example", "gateway.example", true)]
    [InlineData("http://gateway.example", "gateway.example", false)]
    [InlineData("https://other.example:8443", "gateway.example:8443", false)]
    public async Task Page_that_came_without_tls_changes_nothing_over_tls(string origin, string host, bool isAllowed)
    {
        await using var gateway = await StartAsync(server: """, "allowed_hosts": [ "gateway.example" ]""", name: "gateway.example");
        foreach (var version in new[] { HttpVersion.Version11, HttpVersion.Version20 })
        {
            using var client = _world.Client(gateway.Url, version);
            using var answer = await client.SendAsync(
                HttpMethod.Post, "/v1/containers", """{"name":"c"}""", ("Origin", origin), ("Host", host));
            Assert.Equal(isAllowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Host_rule_holds_for_the_authority_of_http2()
    {
        await using var gateway = await StartAsync(name: "attacker.example");
        foreach (var url in new[] { gateway.Url, gateway.Http2Url })
        {
            using var client = _world.Client(url);
            var refused = (await client.SendAsync(HttpMethod.Get, "/v1/containers", null, ("Host", "attacker.example"))).Refused();
            Assert.Equal((400, "host_not_allowed"), (refused.Status, refused.Code));
            (await client.SendAsync(HttpMethod.Get, "/v1/containers", null, ("Host", "127.0.0.1:1"))).Ok();
        }
    }

    private async Task<HttpStatusCode?> AskAsync(RunningGateway gateway, Version version, X509Certificate2? certificate)
    {
        using var client = _world.Client(gateway.Url, version, certificate);
        try
        {
            using var answer = await client.GetAsync("/v1/containers");
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private async Task<RunningGateway> StartAsync(
        string tls = """{ "certificate": "tls.crt", "key": "tls.key" }""", string server = "", string name = "localhost")
    {
        using var pair = _world.Authority.ForServer(name);
        _world.WritePair(pair);
        return await RunningGateway.StartAsync(await _world.SettingsAsync(tls, server));
    }
}
