using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Gateway.Settings;

/// <summary>Texts in PEM (RFC 7468).</summary>
internal static class Pem
{
    /// <summary>The certificates of a text, in its order; none when there is none, or one that cannot be read.</summary>
    public static X509Certificate2Collection Certificates(string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
            return certificates;
        }
        catch (CryptographicException)
        {
            return [];
        }
    }

    /// <summary>Whether a private key needs a password: PKCS #8 says so in its label, OpenSSL's older form in a header (RFC 1421 §4.6).</summary>
    public static bool IsEncrypted(string pem) =>
        pem.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal)
        || (pem.Contains("Proc-Type:", StringComparison.Ordinal) && pem.Contains("ENCRYPTED", StringComparison.Ordinal));
}
