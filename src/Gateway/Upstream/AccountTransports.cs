using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Providers.Contract;

namespace Gateway.Upstream;

/// <summary>Unix sockets and certificates of a provider's accounts, put on the connection pool they share.</summary>
internal static class AccountTransports
{
    /// <summary>RFC 5280, 4.2.1.12: id-kp-serverAuth.</summary>
    private static readonly Oid s_serverAuthentication = new("1.3.6.1.5.5.7.3.1");

    public static void Configure(SocketsHttpHandler handler, ImmutableArray<Account> accounts)
    {
        if (accounts.All(account => account.Transport is null))
        {
            return;
        }

        ConfigureSockets(handler, accounts);
        ConfigureCertificates(handler.SslOptions, accounts);
    }

    private static void ConfigureSockets(SocketsHttpHandler handler, ImmutableArray<Account> accounts)
    {
        var sockets = accounts.Where(account => account.Transport?.UnixSocketPath is not null)
            .GroupBy(account => (account.BaseAddress.Host, account.BaseAddress.Port))
            .ToFrozenDictionary(group => group.Key, group => group.First().Transport!.UnixSocketPath!);
        if (sockets.Count == 0)
        {
            return;
        }

        handler.UseProxy = false;
        handler.ConnectCallback = async (context, cancellationToken) =>
            sockets.TryGetValue((context.DnsEndPoint.Host, context.DnsEndPoint.Port), out var path)
                ? await ConnectAsync(
                    new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified), new UnixDomainSocketEndPoint(path),
                    cancellationToken)
                : await ConnectAsync(new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true }, context.DnsEndPoint, cancellationToken);
    }

    private static async ValueTask<Stream> ConnectAsync(Socket socket, System.Net.EndPoint to, CancellationToken cancellationToken)
    {
        try
        {
            await socket.ConnectAsync(to, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static void ConfigureCertificates(SslClientAuthenticationOptions options, ImmutableArray<Account> accounts)
    {
        var roots = new Dictionary<string, X509Certificate2Collection>();
        var contexts = new Dictionary<string, X509Certificate2>();
        foreach (var (host, tls) in accounts.Where(account => account.Transport?.Tls is not null)
            .Select(account => (account.BaseAddress.Host, account.Transport!.Tls!)))
        {
            if (tls.CaPem is { } ca)
            {
                roots.TryAdd(host, options.CertificateChainPolicy is { } policy ? [.. policy.CustomTrustStore] : []);
                roots[host].ImportFromPem(ca);
            }

            if (tls.CertificatePem is { } certificate)
            {
                contexts[host] = X509Certificate2.CreateFromPem(certificate, tls.KeyPem.Reveal());
            }
        }

        if (roots.Count > 0 && options.RemoteCertificateValidationCallback is null)
        {
            // One account's authorities are not another's.
            options.RemoteCertificateValidationCallback = (connection, certificate, chain, errors) =>
                roots.TryGetValue(((SslStream)connection).TargetHostName, out var trusted)
                    ? IsTrusted(certificate as X509Certificate2, chain, errors, trusted) : errors == SslPolicyErrors.None;
        }

        if (contexts.Count > 0)
        {
            options.LocalCertificateSelectionCallback = (_, host, _, _, _) => contexts.GetValueOrDefault(host)!;
        }
    }

    /// <summary>
    /// Whether these authorities, and not the system's, vouch for a server's certificate. What else is wrong with it was found before.
    /// </summary>
    private static bool IsTrusted(X509Certificate2? certificate, X509Chain? given, SslPolicyErrors errors, X509Certificate2Collection roots)
    {
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != SslPolicyErrors.None)
        {
            return false;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.ApplicationPolicy.Add(s_serverAuthentication);
        chain.ChainPolicy.ExtraStore.AddRange(given?.ChainPolicy.ExtraStore ?? []);
        return chain.Build(certificate);
    }
}
