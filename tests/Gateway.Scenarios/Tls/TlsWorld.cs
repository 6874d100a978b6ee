using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Fakes;
using Gateway.Settings;
using FilePath = System.IO.Path;

namespace Gateway.Scenarios.Tls;

/// <summary>A directory with certificates, and clients that trust one authority.</summary>
internal sealed class TlsWorld : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-tls-").FullName;

    public Authority Authority { get; } = new("the gateway's");

    public string Path(string name) => FilePath.Combine(_directory, name);

    /// <summary>Writes a pair as two files.</summary>
    public void WritePair(X509Certificate2 pair, string name = "tls")
    {
        File.WriteAllText(Path($"{name}.crt"), pair.ExportCertificatePem() + "\n");
        File.WriteAllText(Path($"{name}.key"), Authority.KeyPem(pair));
    }

    /// <summary>
    /// A configuration with this section, whose paths are names in the directory, over the local provider and with listeners of each kind.
    /// </summary>
    public async Task<GatewaySettings> SettingsAsync(string tls = """{ "certificate": "tls.crt", "key": "tls.key" }""", string server = "")
    {
        var section = tls.Replace("\": \"", $"\": \"{_directory}/", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path("gateway.json"), $$"""
            {
              "server": { "urls": "https://127.0.0.1:1", "http2_urls": "http://127.0.0.1:2", "admin_urls": "http://127.0.0.1:3",
                          "tls": {{section}}{{server}} },
              "default_provider": "local", "drop_in_provider": "local", "providers": { "local": {} }
            }
            """);
        return SettingsReader.Read(Path("gateway.json"), _ => null, _directory);
    }

    /// <summary>A client of this address that trusts the world's authority alone and speaks this version and no other.</summary>
    public HttpClient Client(string url, Version? version = null, X509Certificate2? certificate = null) => new(Handler(certificate))
    {
        BaseAddress = new Uri(url), DefaultRequestVersion = version ?? HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact, Timeout = Until.Hung,
    };

    /// <summary>A handshake; what was agreed on, and the certificate that was shown.</summary>
    public async Task<SslStream> ShakeHandsAsync(
        string url, SslProtocols protocols = SslProtocols.None, X509Certificate2? certificate = null, params SslApplicationProtocol[] offered)
    {
        var address = new Uri(url);
        var tcp = new TcpClient();
        await tcp.ConnectAsync(address.Host, address.Port);
        var stream = new SslStream(tcp.GetStream());
        var options = Options(certificate);
        (options.TargetHost, options.EnabledSslProtocols, options.ApplicationProtocols) = ("127.0.0.1", protocols, [.. offered]);
        using var limit = new CancellationTokenSource(Until.Hung);
        try
        {
            await stream.AuthenticateAsClientAsync(options, limit.Token);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    public void Dispose()
    {
        Authority.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private SocketsHttpHandler Handler(X509Certificate2? certificate) =>
        new() { AllowAutoRedirect = false, UseProxy = false, SslOptions = Options(certificate) };

    private SslClientAuthenticationOptions Options(X509Certificate2? certificate) => new()
    {
        ClientCertificates = certificate is null ? null : [certificate],
        LocalCertificateSelectionCallback = certificate is null ? null : (_, _, _, _, _) => certificate,
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { Authority.Root },
        },
    };
}
