using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Settings;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Upstream;

/// <summary>
/// Builds the connection pool of a cluster. Redirects, cookies and decompression stay off (YARP's own defaults, for good reasons); connections are
/// replaced every few minutes, so that a change of DNS is seen.
/// </summary>
internal sealed class UpstreamClientFactory(SettingsSource settings, OpenConnections connections) : ForwarderHttpClientFactory
{
    /// <summary>After this a pooled connection takes no new request.</summary>
    private static readonly TimeSpan s_connectionLifetime = TimeSpan.FromMinutes(4);

    /// <summary>A pool lives on over reloads that do not touch what it was built from.</summary>
    protected override bool CanReuseOldClient(ForwarderHttpClientContext context) =>
        base.CanReuseOldClient(context)
        && context.OldMetadata?.GetValueOrDefault(NetworkFingerprint.Key) == context.NewMetadata?.GetValueOrDefault(NetworkFingerprint.Key);

    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        if (!settings.Latest.Providers.TryGetValue(context.ClusterId, out var provider))
        {
            return;
        }

        var network = provider.Network;
        handler.PooledConnectionLifetime = s_connectionLifetime;
        handler.PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30);
        handler.ConnectTimeout = network.ConnectTimeout;
        handler.MaxConnectionsPerServer = network.MaxConnectionsPerHost;
        handler.ActivityHeadersPropagator = null;
        handler.MaxResponseHeadersLength = 64;
        var count = connections.ByProvider.Of(provider.Name);
        handler.PlaintextStreamFilter = (connection, _) => ValueTask.FromResult<Stream>(new PooledConnection(connection.PlaintextStream, count));

        // Kestrel reads header values as UTF-8; those that travel on leave as the bytes they came as.
        handler.RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8;
        ConfigureProxy(handler, network);
        ConfigureTrust(handler, network);
        AccountTransports.Configure(handler, provider.Accounts);
    }

    /// <summary>Uploads get connections of their own, which can tell when an upstream answers before it has read everything.</summary>
    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler)
    {
        var uploads = CreateHandler();
        ConfigureHandler(context, uploads);
        uploads.PooledConnectionLifetime = TimeSpan.Zero;
        var count = connections.ByProvider.Of(context.ClusterId);
        uploads.PlaintextStreamFilter = (connection, _) => ValueTask.FromResult<Stream>(new UploadConnection(connection.PlaintextStream, count));
        return new UploadSplitHandler(base.WrapHandler(context, handler), uploads);
    }

    private static SocketsHttpHandler CreateHandler() => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
    };

    private static void ConfigureProxy(SocketsHttpHandler handler, NetworkSettings network)
    {
        if (network.Proxy is { } address)
        {
            handler.UseProxy = true;
            handler.Proxy = new WebProxy(address)
            {
                Credentials = network.ProxyUser is { } user ? new NetworkCredential(user, network.ProxyPassword?.Reveal() ?? "") : null,
            };
        }
        else if (network.ProxyFromEnvironment)
        {
            handler.UseProxy = true;
        }
    }

    private static void ConfigureTrust(SocketsHttpHandler handler, NetworkSettings network)
    {
        if (network.InsecureSkipVerify)
        {
#pragma warning disable CA5359 // Asked for by `insecure_skip_verify`, and warned about at start.
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (network.CaCertificatePem is { } pem)
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPem(pem);
            handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck,
            };
            handler.SslOptions.CertificateChainPolicy.CustomTrustStore.AddRange(roots);
        }
    }

    /// <summary>Sends uploads one way and everything else the other.</summary>
    private sealed class UploadSplitHandler(HttpMessageHandler pooled, HttpMessageHandler uploads) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _pooled = new(pooled);
        private readonly HttpMessageInvoker _uploads = new(uploads);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            (UploadBody.Current is null ? _pooled : _uploads).SendAsync(request, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _pooled.Dispose();
                _uploads.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
