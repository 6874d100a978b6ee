using System.Security.Cryptography;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Tests.Settings;

/// <summary><c>server.tls</c> and the URLs that need it.</summary>
public sealed class TlsSectionTests : IDisposable
{
    private readonly Authority _authority = new("an authority");

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void Https_url_without_a_certificate_is_refused_where_it_is_said()
    {
        Assert.EndsWith(
            "$.server.urls: \"https://127.0.0.1:8443\" needs server.tls, which names its certificate and key",
            Assert.Single(ConfigFile.Refused(ConfigFile.With("\"server\": { \"urls\": \"https://127.0.0.1:8443\" }"))));
        Assert.Contains(
            "$.server.admin_urls: \"https://+:1\" needs server.tls",
            Assert.Single(ConfigFile.Refused(ConfigFile.With("\"server\": { \"admin_urls\": \"https://+:1\" }"))));
        Assert.StartsWith(
            "ASPNETCORE_URLS: \"https://+:1\" needs server.tls",
            Assert.Single(ConfigFile.Refused(ConfigFile.With("\"client\": { \"allow_anonymous\": true }"), ("ASPNETCORE_URLS", "https://+:1"))));
    }

    [Fact]
    public void Certificate_that_no_url_uses_is_refused_with_the_members_that_could()
    {
        var problem = Assert.Single(Refused("\"urls\": \"http://127.0.0.1:1\"", """{ "certificate": "pair.pem" }"""));
        Assert.Contains("$.server.tls: no listener uses it: neither server.urls (or ASPNETCORE_URLS) nor server.admin_urls", problem);
        Assert.EndsWith("holds an https URL", problem);
    }

    [Theory]
    [InlineData("""{ "certificate": "pair.pem" }""")]
    [InlineData("""{ "certificate": "cert.pem", "key": "key.pem" }""")]
    [InlineData("""{ "certificate": "pair.pem", "key": "key.pem", "client_ca": "ca.pem" }""")]
    public void Pair_that_fits_is_read_with_its_chain(string tls)
    {
        using var file = File("\"urls\": \"https://127.0.0.1:1\"", tls);
        var read = file.Read();
        Assert.Equal(["https://127.0.0.1:1"], read.Server.Urls);
        Assert.Contains("BEGIN CERTIFICATE", read.Server.Tls!.CertificatePem);
        Assert.Equal("***", read.Server.Tls.KeyPem.ToString());
        Assert.Equal(tls.Contains("client_ca", StringComparison.Ordinal), read.Server.Tls.ClientCaPem is not null);

        // The same text twice is the same identity; other bytes are another revision.
        Assert.Equal(read.Server.Tls, file.Read().Server.Tls);
        using var other = _authority.ForServer("other");
        file.Beside("pair.pem", other.ExportCertificatePem() + "\n" + Authority.KeyPem(other));
        file.Beside("cert.pem", other.ExportCertificatePem());
        file.Beside("key.pem", Authority.KeyPem(other));
        Assert.NotEqual(read.Revision, file.Read().Revision);
    }

    [Theory]
    [InlineData("""{ "key": "key.pem" }""", "certificate", "must be the path of a file in PEM, such as /etc/gateway/tls.crt")]
    [InlineData("""{ "certificate": "" }""", "certificate", "must be the path of a file in PEM, such as /etc/gateway/tls.crt")]
    [InlineData("""{ "certificate": "file:/a" }""", "certificate", "must be the path of a file in PEM, such as /etc/gateway/tls.crt")]
    [InlineData("""{ "certificate": "nowhere.pem" }""", "certificate", "the file nowhere.pem does not exist")]
    [InlineData("""{ "certificate": "key.pem" }""", "certificate", "must hold a certificate in PEM, from BEGIN CERTIFICATE to END CERTIFICATE")]
    [InlineData("""{ "certificate": "cert.pem" }""", "certificate", "must hold a private key in PEM, from BEGIN PRIVATE KEY to END PRIVATE KEY")]
    [InlineData("""{ "certificate": "cert.pem", "key": "ca.pem" }""", "key",
        "must hold a private key in PEM, from BEGIN PRIVATE KEY to END PRIVATE KEY")]
    [InlineData("""{ "certificate": "cert.pem", "key": "other.pem" }""", "key",
        "the private key (RSA or ECDSA) does not belong to the certificate, which must be the first one in its file")]
    [InlineData("""{ "certificate": "wrong-order.pem", "key": "key.pem" }""", "key",
        "the private key (RSA or ECDSA) does not belong to the certificate, which must be the first one in its file")]
    [InlineData("""{ "certificate": "cert.pem", "key": "locked.pem" }""", "key",
        "the private key is encrypted, and there is nobody to ask for its password; decrypt it first (openssl pkey -in FILE -out NEW)")]
    [InlineData("""{ "certificate": "cert.pem", "key": "locked-old.pem" }""", "key",
        "the private key is encrypted, and there is nobody to ask for its password; decrypt it first (openssl pkey -in FILE -out NEW)")]
    [InlineData("""{ "certificate": "pair.pem", "client_ca": "key.pem" }""", "client_ca",
        "must hold a certificate in PEM, from BEGIN CERTIFICATE to END CERTIFICATE")]
    [InlineData("""{ "certificate": "pair.pem", "client_ca": "cert.pem" }""", "client_ca",
        "must hold a root, which is a certificate that issued itself; clients send what is between it and theirs")]
    public void Files_that_no_handshake_can_use_are_refused_in_one_sentence(string tls, string member, string reason)
    {
        var problem = Assert.Single(Refused("\"urls\": \"https://127.0.0.1:1\"", tls));
        Assert.EndsWith($"$.server.tls.{member}: {reason}", problem);
    }

    [Theory]
    [InlineData("\"http2_urls\": \"https://127.0.0.1:2\"", "http2_urls: \"https://127.0.0.1:2\" must be an http URL: an https URL of")]
    [InlineData("\"urls\": \"http://127.0.0.1:2\", \"http2_urls\": \"http://127.0.0.1:2\"", "HTTP/2 without TLS needs one of its own")]
    [InlineData("\"http2_urls\": \"http://127.0.0.1:2\", \"admin_urls\": \"http://127.0.0.1:2\"", "the admin listener needs one of its own")]
    [InlineData("\"http2_urls\": \";\"", "$.server.http2_urls: must name at least one URL")]
    public void Listeners_for_http2_without_tls_have_ports_of_their_own(string server, string reason) =>
        Assert.Contains(reason, Assert.Single(ConfigFile.Refused(ConfigFile.With($"\"server\": {{ {server} }}"))), StringComparison.Ordinal);

    [Fact]
    public void Listeners_for_http2_without_tls_are_read() => Assert.Equal(
        ["http://+:8082", "http://unix:/run/h2.sock"],
        ConfigFile.Read(ConfigFile.With("""
            "client": { "allow_anonymous": true }, "server": { "http2_urls": "http://+:8082; http://unix:/run/h2.sock" }
            """)).Server.Http2Urls);

    private string[] Refused(string urls, string tls)
    {
        using var file = File(urls, tls);
        return Assert.Throws<Gateway.Settings.ConfigurationException>(() => file.Read()).Message.Split('\n');
    }

    private ConfigFile File(string urls, string tls)
    {
        using var pair = _authority.ForServer();
        using var other = _authority.ForServer("other");
        using var key = RSA.Create(2048);
        var file = new ConfigFile(ConfigFile.With($"\"server\": {{ {urls}, \"tls\": {tls} }}"));
        file.Beside("cert.pem", pair.ExportCertificatePem());
        file.Beside("key.pem", Authority.KeyPem(pair));
        file.Beside("pair.pem", $"{pair.ExportCertificatePem()}\n{_authority.RootPem}\n{Authority.KeyPem(pair)}");
        file.Beside("other.pem", Authority.KeyPem(other));
        file.Beside("wrong-order.pem", $"{_authority.RootPem}\n{pair.ExportCertificatePem()}");
        file.Beside("ca.pem", _authority.RootPem);
        var lightly = new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1);
        file.Beside("locked.pem", key.ExportEncryptedPkcs8PrivateKeyPem("x", lightly));
        file.Beside(
            "locked-old.pem",
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----\n");
        return file;
    }
}
