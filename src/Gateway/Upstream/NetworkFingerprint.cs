using System.Security.Cryptography;
using System.Text;
using Gateway.Settings;

namespace Gateway.Upstream;

/// <summary>What makes two connection pools different, as a short text without secrets.</summary>
internal static class NetworkFingerprint
{
    /// <summary>Its name in a cluster's metadata.</summary>
    public const string Key = "network";

    public static string Of(NetworkSettings network)
    {
        var facts = string.Join(
            '|', network.ConnectTimeout, network.MaxConnectionsPerHost, network.InsecureSkipVerify, network.CaCertificatePem, network.Proxy,
            network.ProxyUser, network.ProxyPassword?.Reveal(), network.ProxyFromEnvironment);
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(facts)).AsSpan(0, 8));
    }
}
