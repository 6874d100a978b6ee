using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Docker;

/// <summary>Where an engine is.</summary>
/// <param name="BaseAddress">Scheme and host of the requests.</param>
/// <param name="Transport">Its socket or certificates, or null for plain TCP.</param>
internal sealed record DockerAddress(Uri BaseAddress, AccountTransport? Transport)
{
    /// <summary>Finds the engine as Docker's own tools do. Throws <see cref="ConfigSectionException"/>.</summary>
    public static DockerAddress Resolve(
        string? host, DockerTlsOptions? tls, Func<string, string?> environment, Func<string, bool> exists, Func<string, string> read)
    {
        if (host is null && environment("DOCKER_HOST") is { Length: > 0 } named)
        {
            host = named;
            if (tls is null && environment("DOCKER_TLS_VERIFY") is { Length: > 0 } && environment("DOCKER_CERT_PATH") is { Length: > 0 } folder)
            {
                tls = new DockerTlsOptions
                {
                    Ca = Path.Combine(folder, "ca.pem"), Cert = Path.Combine(folder, "cert.pem"), Key = Path.Combine(folder, "key.pem"),
                };
            }
        }

        host ??= "unix://" + (UsualSockets(environment).FirstOrDefault(exists) ?? "/var/run/docker.sock");
        return Parse(host, tls is null ? null : ReadTls(tls, exists, read));
    }

    private static DockerAddress Parse(string host, AccountTls? tls)
    {
        if (!Uri.TryCreate(host, UriKind.Absolute, out var uri))
        {
            throw new ConfigSectionException("host", $"'{host}' is no address; use unix:///path or tcp://host:port");
        }

        switch (uri.Scheme)
        {
            case "unix" when uri.Host.Length == 0 && uri.AbsolutePath.Length > 1:
                return OverSocket(Uri.UnescapeDataString(uri.AbsolutePath));
            case "tcp" or "http" or "https" when uri.Host.Length > 0 && uri.AbsolutePath.Length <= 1:
                var secure = tls is not null || uri.Scheme == "https";
                var port = uri.Scheme == "tcp" && uri.Port < 0 ? (secure ? 2376 : 2375) : uri.Port;
                return new DockerAddress(
                    new UriBuilder(secure ? "https" : "http", uri.Host, port).Uri, tls is null ? null : new AccountTransport { Tls = tls });
            default:
                throw new ConfigSectionException(
                    "host", $"'{host}' cannot be used; use unix:///path or tcp://host:port (ssh:// and npipe:// are not supported)");
        }
    }

    /// <summary>Connections are kept by host, so that each socket has one of its own.</summary>
    private static DockerAddress OverSocket(string path)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)).AsSpan(0, 8));
        return new DockerAddress(new Uri($"http://{name}.engine.local/"), new AccountTransport { UnixSocketPath = path });
    }

    private static IEnumerable<string> UsualSockets(Func<string, string?> environment)
    {
        yield return "/var/run/docker.sock";
        yield return "/run/podman/podman.sock";
        if (environment("XDG_RUNTIME_DIR") is { Length: > 0 } runtime)
        {
            yield return Path.Combine(runtime, "docker.sock");
            yield return Path.Combine(runtime, "podman/podman.sock");
        }

        if (environment("HOME") is { Length: > 0 } home)
        {
            yield return Path.Combine(home, ".docker/run/docker.sock");
        }
    }

    private static AccountTls ReadTls(DockerTlsOptions tls, Func<string, bool> exists, Func<string, string> read)
    {
        if (tls.Cert is null != tls.Key is null)
        {
            throw new ConfigSectionException("tls", "'cert' and 'key' belong together");
        }

        var certificates = new AccountTls(Pem("tls.ca", tls.Ca), Pem("tls.cert", tls.Cert), new Secret(Pem("tls.key", tls.Key) ?? ""));
        try
        {
            if (certificates.CaPem is { } ca)
            {
                new X509Certificate2Collection().ImportFromPem(ca);
            }

            if (certificates.CertificatePem is { } certificate)
            {
                X509Certificate2.CreateFromPem(certificate, certificates.KeyPem.Reveal()).Dispose();
            }
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new ConfigSectionException("tls", "the certificates cannot be used");
        }

        return certificates;

        string? Pem(string member, string? path) =>
            path is null ? null
            : exists(path) ? read(path)
            : throw new ConfigSectionException(member, $"there is no file '{path}'");
    }
}
