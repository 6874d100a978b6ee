using System.Security.Cryptography;
using System.Text;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Upstream;

/// <summary>What makes two connection pools different, as a short text without secrets.</summary>
internal static class NetworkFingerprint
{
    /// <summary>Its name in a cluster's metadata.</summary>
    public const string Key = "network";

    public static string Of(ProviderSettings provider)
    {
        var network = provider.Network;
        var facts = string.Join(
            '|', network.ConnectTimeout, network.MaxConnectionsPerHost, network.InsecureSkipVerify, network.CaCertificatePem, network.Proxy,
            network.ProxyUser, network.ProxyPassword?.Reveal(), network.ProxyFromEnvironment,
            string.Join('|', provider.Accounts.Where(account => account.Transport is not null).Select(Transport)));
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(facts)).AsSpan(0, 8));
    }

    private static string Transport(Account account) => string.Join(
        '|', account.BaseAddress.Authority, account.Transport!.UnixSocketPath, account.Transport.Tls?.CaPem,
        account.Transport.Tls?.CertificatePem, account.Transport.Tls?.KeyPem.Reveal());
}
