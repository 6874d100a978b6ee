using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Fakes;

/// <summary>Issues certificates that live for a day unless told otherwise, and writes them in PEM.</summary>
internal sealed class Authority : IDisposable
{
    private const string ForServers = "1.3.6.1.5.5.7.3.1";
    private const string ForClients = "1.3.6.1.5.5.7.3.2";

    private readonly X509Certificate2 _issuer;

    public Authority(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        Root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-1), DateTimeOffset.UtcNow.AddYears(2));
        _issuer = Root;
    }

    private Authority(X509Certificate2 root, X509Certificate2 issuer) => (Root, _issuer) = (root, issuer);

    /// <summary>What others have to trust.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>The root in PEM.</summary>
    public string RootPem => Root.ExportCertificatePem();

    /// <summary>The certificate that issues, in PEM.</summary>
    public string IssuerPem => _issuer.ExportCertificatePem();

    /// <summary>An authority between this one and what it issues.</summary>
    public Authority Below(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var issued = request.Create(
            _issuer, new DateTimeOffset(_issuer.NotBefore), new DateTimeOffset(_issuer.NotAfter), RandomNumberGenerator.GetBytes(8));
        return new Authority(Root, issued.CopyWithPrivateKey(key));
    }

    /// <summary>A certificate for a server of this name, and of 127.0.0.1.</summary>
    public X509Certificate2 ForServer(string name = "localhost", DateTimeOffset? from = null, DateTimeOffset? until = null, int bits = 2048) =>
        Issue(name, ForServers, from, until, bits);

    /// <summary>A certificate for a client.</summary>
    public X509Certificate2 ForClient(string name) => Issue(name, ForClients, null, null, 2048);

    /// <summary>Its private key in PEM.</summary>
    public static string KeyPem(X509Certificate2 certificate) => certificate.GetRSAPrivateKey()!.ExportPkcs8PrivateKeyPem() + "\n";

    public void Dispose()
    {
        Root.Dispose();
        _issuer.Dispose();
    }

    private X509Certificate2 Issue(string name, string usage, DateTimeOffset? from, DateTimeOffset? until, int bits)
    {
        using var key = RSA.Create(bits);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        using var issued = request.Create(
            _issuer, from ?? DateTimeOffset.UtcNow.AddHours(-1), until ?? DateTimeOffset.UtcNow.AddDays(1), RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
