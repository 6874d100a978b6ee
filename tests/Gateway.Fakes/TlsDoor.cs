using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Fakes;

/// <summary>
/// TLS in front of a unix socket, as an engine that listens on TCP has it: only clients with a certificate of its own authority come in.
/// </summary>
internal sealed class TlsDoor : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("tls");
    private readonly Authority _authority = new("the engine's own");
    private readonly X509Certificate2 _server;
    private readonly string _socketPath;
    private readonly Task _open;

    public TlsDoor(string socketPath)
    {
        _socketPath = socketPath;
        _server = _authority.ForServer();
        File.WriteAllText(CaPath, _authority.RootPem);
        using var client = _authority.ForClient("gateway");
        File.WriteAllText(CertificatePath, client.ExportCertificatePem());
        File.WriteAllText(KeyPath, Authority.KeyPem(client));
        using var stranger = new Authority("somebody's");
        File.WriteAllText(StrangerPath, stranger.RootPem);
        _listener.Start();
        _open = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string CaPath => Path("ca.pem");

    public string CertificatePath => Path("cert.pem");

    public string KeyPath => Path("key.pem");

    /// <summary>An authority that has issued nothing here.</summary>
    public string StrangerPath => Path("stranger.pem");

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Dispose();
        await _open;
        _authority.Dispose();
        _server.Dispose();
        _closing.Dispose();
        _folder.Delete(recursive: true);
    }

    private string Path(string name) => System.IO.Path.Combine(_folder.FullName, name);

    private async Task AcceptAsync()
    {
        var guests = new List<Task>();
        try
        {
            while (true)
            {
                guests.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_closing.Token)));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(guests);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var engine = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            try
            {
                await using var secure = new SslStream(client.GetStream());
                await secure.AuthenticateAsServerAsync(
                    new SslServerAuthenticationOptions
                    {
                        ServerCertificate = _server,
                        ClientCertificateRequired = true,
                        CertificateChainPolicy = new X509ChainPolicy
                        {
                            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck,
                            CustomTrustStore = { _authority.Root },
                        },
                    },
                    _closing.Token);
                await engine.ConnectAsync(new UnixDomainSocketEndPoint(_socketPath), _closing.Token);
                await using var inside = new NetworkStream(engine);
                var requests = secure.CopyToAsync(inside, _closing.Token);
                await inside.CopyToAsync(secure, _closing.Token);
                await secure.ShutdownAsync();
                await requests;
            }
            catch (Exception exception) when (
                exception is IOException or SocketException or System.Security.Authentication.AuthenticationException or OperationCanceledException)
            {
                // Refused, or gone.
            }
        }
    }
}
