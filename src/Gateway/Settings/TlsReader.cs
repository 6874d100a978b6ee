using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Providers.Contract;

namespace Gateway.Settings;

/// <summary>
/// Reads <c>server.tls</c> with its files. They are part of the configuration: a pair that does not fit is refused like any other mistake, and read
/// again as secrets are, through whatever links lead to them.
/// </summary>
internal static class TlsReader
{
    private const string Path = "$.server.tls";
    private const string CertificatePath = $"{Path}.certificate";
    private const string KeyPath = $"{Path}.key";
    private const string ClientCaPath = $"{Path}.client_ca";

    /// <summary>Reads the section; null without one, and when it was refused.</summary>
    public static TlsSettings? Read(TlsDocument? document, string currentDirectory, Reading reading)
    {
        if (document is null)
        {
            return null;
        }

        var certificate = Text(CertificatePath, document.Certificate ?? "", currentDirectory, reading);
        var key = document.Key is null ? certificate : Text(KeyPath, document.Key, currentDirectory, reading);
        var roots = document.ClientCa is null ? null : Text(ClientCaPath, document.ClientCa, currentDirectory, reading);
        var isSound = (document.ClientCa is null || (roots is not null && AreRoots(roots, reading)))
            & (certificate is not null && IsCertificate(certificate, reading))
            && key is not null && Fits(certificate!, key, document.Key is null ? CertificatePath : KeyPath, reading);
        return isSound ? new TlsSettings { CertificatePem = certificate!, KeyPem = new Secret(key!), ClientCaPem = roots } : null;
    }

    private static string? Text(string path, string file, string currentDirectory, Reading reading)
    {
        if (string.IsNullOrWhiteSpace(file) || file.Any(char.IsControl) || References.IsReference(file))
        {
            reading.Findings.Refuse(path, "must be the path of a file in PEM, such as /etc/gateway/tls.crt");
            return null;
        }

        var missing = new List<string>();
        var text = Reading.TextOf(
            reading.References.ResolveText(path, References.ToFile(System.IO.Path.GetFullPath(file, currentDirectory))), missing);
        foreach (var reason in missing)
        {
            reading.Findings.Refuse(path, reason);
        }

        return text;
    }

    private static bool IsCertificate(string pem, Reading reading)
    {
        if (Pem.Certificates(pem) is [])
        {
            reading.Findings.Refuse(CertificatePath, "must hold a certificate in PEM, from BEGIN CERTIFICATE to END CERTIFICATE");
            return false;
        }

        return true;
    }

    private static bool AreRoots(string pem, Reading reading)
    {
        // What is trusted is the end of a chain: with an issued certificate alone every client would be turned away.
        var roots = Pem.Certificates(pem);
        var isSound = roots.Any(root => root.SubjectName.RawData.AsSpan().SequenceEqual(root.IssuerName.RawData));
        if (!isSound)
        {
            reading.Findings.Refuse(
                ClientCaPath,
                roots is [] ? "must hold a certificate in PEM, from BEGIN CERTIFICATE to END CERTIFICATE"
                    : "must hold a root, which is a certificate that issued itself; clients send what is between it and theirs");
        }

        return isSound;
    }

    private static bool Fits(string certificate, string key, string path, Reading reading)
    {
        var reason = !key.Contains("PRIVATE KEY-----", StringComparison.Ordinal)
                ? "must hold a private key in PEM, from BEGIN PRIVATE KEY to END PRIVATE KEY"
            : Pem.IsEncrypted(key)
                ? "the private key is encrypted, and there is nobody to ask for its password; decrypt it first (openssl pkey -in FILE -out NEW)"
            : Mismatch(certificate, key);
        if (reason is not null)
        {
            reading.Findings.Refuse(path, reason);
        }

        return reason is null;
    }

    private static string? Mismatch(string certificate, string key)
    {
        try
        {
            using var pair = X509Certificate2.CreateFromPem(certificate, key);
            return null;
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException or NotSupportedException)
        {
            return "the private key (RSA or ECDSA) does not belong to the certificate, which must be the first one in its file";
        }
    }
}
