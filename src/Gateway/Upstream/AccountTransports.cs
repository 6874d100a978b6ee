using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Gateway.Providers.Contract;

namespace Gateway.Upstream;

/// <summary>Unix sockets and certificates of a provider's accounts, put on the connection pool they share.</summary>
internal static class AccountTransports
{
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
        var roots = new X509Certificate2Collection();
        var contexts = new Dictionary<string, X509Certificate2>();
        foreach (var account in accounts)
        {
            if (account.Transport?.Tls is not { } tls)
            {
                continue;
            }

            if (tls.CaPem is { } ca)
            {
                roots.ImportFromPem(ca);
            }

            if (tls.CertificatePem is { } certificate)
            {
                contexts[account.BaseAddress.Host] = X509Certificate2.CreateFromPem(certificate, tls.KeyPem.Reveal());
            }
        }

        if (roots.Count > 0 && options.RemoteCertificateValidationCallback is null)
        {
            options.CertificateChainPolicy ??= new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck,
            };
            options.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
        }

        if (contexts.Count > 0)
        {
            options.LocalCertificateSelectionCallback = (_, host, _, _, _) => contexts.GetValueOrDefault(host)!;
        }
    }
}
