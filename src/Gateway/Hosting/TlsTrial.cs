using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Gateway.Settings;

namespace Gateway.Hosting;

/// <summary>
/// A handshake with oneself. What a TLS library takes is more than a pair that fits: a key too short or a hash too weak for its rules shows in a
/// handshake only, and then in every one.
/// </summary>
internal static class TlsTrial
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    /// <summary>Throws <see cref="ConfigurationException"/> when no client could connect.</summary>
    public static async Task RunAsync(TlsSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(s_limit);
            await ShakeHandsAsync(new TlsIdentity(settings), limit.Token);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested && failure is AuthenticationException
            or CryptographicException or IOException or SocketException or ArgumentException or OperationCanceledException)
        {
            throw new ConfigurationException($"server.tls cannot be used: {failure.GetBaseException().Message.ReplaceLineEndings(" ").Trim()}");
        }
    }

    private static async Task ShakeHandsAsync(TlsIdentity identity, CancellationToken cancellationToken)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var near = new TcpClient();
        await near.ConnectAsync((IPEndPoint)listener.LocalEndpoint, cancellationToken);
        using var far = await listener.AcceptTcpClientAsync(cancellationToken);
        await using var server = new SslStream(far.GetStream());
        await using var client = new SslStream(near.GetStream());

        // Who is on the other side is known, and what is tried is the server's part.
        var options = identity.Options();
        options.ClientCertificateRequired = false;
#pragma warning disable CA5359
        var asClient = client.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", RemoteCertificateValidationCallback = (_, _, _, _) => true },
            cancellationToken);
#pragma warning restore CA5359
        try
        {
            await server.AuthenticateAsServerAsync(options, cancellationToken);
        }
        catch
        {
            near.Close();
            await asClient.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        await asClient;
    }
}
