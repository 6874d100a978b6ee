using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Gateway.Settings;

namespace Gateway.Hosting;

/// <summary>
/// What the listeners show in a handshake, and whom they let in. Tickets of earlier sessions end with it: who was let in by another has to show his
/// certificate again.
/// </summary>
internal sealed class TlsIdentity
{
    private const string ForClients = "1.3.6.1.5.5.7.3.2";

    private readonly SslStreamCertificateContext _context;
    private readonly X509Certificate2Collection? _roots;

    public TlsIdentity(TlsSettings settings)
    {
        Settings = settings;
        Chain = Pem.Certificates(settings.CertificatePem);
        _roots = settings.ClientCaPem is { } roots ? Pem.Certificates(roots) : null;

        // Offline: nothing is fetched, neither missing certificates nor what an authority has revoked.
        _context = SslStreamCertificateContext.Create(
            Pair(settings), [.. Chain.Skip(1)], offline: true,
            _roots is null ? null : SslCertificateTrust.CreateForX509Collection(_roots, sendTrustInHandshake: true));
    }

    public TlsSettings Settings { get; }

    /// <summary>The certificate, and behind it those between it and its root.</summary>
    public X509Certificate2Collection Chain { get; }

    /// <summary>Roots of clients' certificates; empty when clients need none.</summary>
    public X509Certificate2Collection Roots => _roots ?? [];

    /// <summary>For one handshake.</summary>
    public SslServerAuthenticationOptions Options() => new()
    {
        ServerCertificateContext = _context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        AllowRenegotiation = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        ClientCertificateRequired = _roots is not null,
        CertificateChainPolicy = _roots is null ? null : ForClientsOf(_roots),
    };

    /// <summary>These authorities alone vouch for clients, and only for clients.</summary>
    private static X509ChainPolicy ForClientsOf(X509Certificate2Collection roots)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(roots);
        policy.ApplicationPolicy.Add(new(ForClients));
        return policy;
    }

    private static X509Certificate2 Pair(TlsSettings settings)
    {
        var pair = X509Certificate2.CreateFromPem(settings.CertificatePem, settings.KeyPem.Reveal());
        if (!OperatingSystem.IsWindows())
        {
            return pair;
        }

        // Schannel takes no key that is in memory alone.
        using (pair)
        {
            return X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
        }
    }
}
