using System.Collections.Frozen;
using System.Collections.Immutable;
using Gateway.Providers.Contract;
using Gateway.Telemetry;

namespace Gateway.Settings;

/// <summary>Reads <c>network_config</c> and <c>proxy_config</c> of a provider.</summary>
internal static class NetworkReader
{
    private static readonly FrozenSet<string> s_framing = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade");

    private static readonly string[] s_credentials = ["auth", "token", "key", "secret", "passw", "credential", "cookie", "session", "signature"];

    /// <summary>Reads both; what they refer to in vain is added to <paramref name="missing"/>.</summary>
    public static NetworkSettings Read(string provider, ProviderDocument document, Reading reading, ICollection<string> missing)
    {
        var path = $"{provider}.network_config";
        var given = document.NetworkConfig ?? new NetworkDocument();
        var defaults = new NetworkSettings();
        var initial = BackoffReader.Read(path, "retry_backoff_initial", given.RetryBackoffInitial, given.RetryBackoffInitialMs, reading);
        var max = BackoffReader.Read(path, "retry_backoff_max", given.RetryBackoffMax, given.RetryBackoffMaxMs, reading);
        if (max < (initial ?? defaults.BackoffInitial))
        {
            reading.Findings.Refuse(
                $"{path}.retry_backoff_max",
                $"must not be below the first wait of {(initial ?? defaults.BackoffInitial).TotalMilliseconds} milliseconds");
        }

        if (given.InsecureSkipVerify)
        {
            reading.Findings.Warn(
                $"{path}.insecure_skip_verify", "the upstream's certificate is not verified; anyone on the way can read the credential");
        }

        var secrets = new List<Secret>();
        var headers = Headers($"{path}.extra_headers", given.ExtraHeaders, reading, missing, secrets);
        return WithProxy(provider, document.ProxyConfig, reading, missing, new NetworkSettings
        {
            RequestTimeout = TimeSpan.FromSeconds(given.DefaultRequestTimeoutInSeconds),
            StreamIdleTimeout = TimeSpan.FromSeconds(given.StreamIdleTimeoutInSeconds),
            ConnectTimeout = TimeSpan.FromSeconds(given.ConnectTimeoutInSeconds),
            MaxRetries = given.MaxRetries,
            BackoffInitial = initial ?? defaults.BackoffInitial,
            BackoffMax = max ?? (initial > defaults.BackoffMax ? initial.Value : defaults.BackoffMax),
            ExtraHeaders = headers,
            HeaderSecrets = secrets.ToImmutableArray(),
            MaxConnectionsPerHost = given.MaxConnsPerHost,
            PropagateTrace = given.PropagateTrace,
            InsecureSkipVerify = given.InsecureSkipVerify,
            CaCertificatePem = given.CaCertPem is { } pem ? Certificates($"{path}.ca_cert_pem", pem, reading, missing) : null,
        });
    }

    private static FrozenDictionary<string, string> Headers(
        string path, Dictionary<string, string> headers, Reading reading, ICollection<string> missing, List<Secret> secrets)
    {
        var result = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, text) in headers)
        {
            var headerPath = JsonPath.Member(path, name);
            if (!ClientReader.IsHeaderName(name))
            {
                reading.Findings.Refuse(headerPath, "is not the name of a header");
            }
            else if (s_framing.Contains(name))
            {
                reading.Findings.Refuse(headerPath, "belongs to the connection, which the gateway manages");
            }
            else if (Reading.TextOf(reading.References.Resolve(headerPath, text), missing) is { } value)
            {
                if (!result.TryAdd(name, value))
                {
                    reading.Findings.Refuse(headerPath, "is given twice; names of headers do not differ by case");
                }

                if (References.IsReference(text) || IsCredential(name) || CredentialRedactor.IsKey(value))
                {
                    secrets.Add(new Secret(value));
                }
            }
        }

        return result.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>
    /// Whether a header of this name carries a credential, as far as one can tell: <c>X-Gateway-Token</c>, <c>Ocp-Apim-Subscription-Key</c>.
    /// </summary>
    private static bool IsCredential(string header) =>
        Array.Exists(s_credentials, word => header.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static string? Certificates(string path, string text, Reading reading, ICollection<string> missing)
    {
        if (Reading.TextOf(reading.References.ResolveText(path, text), missing) is not { } pem)
        {
            return null;
        }

        var certificates = Pem.Certificates(pem);
        if (certificates.Count == 0)
        {
            reading.Findings.Refuse(path, "must hold at least one certificate in PEM, from BEGIN CERTIFICATE to END CERTIFICATE");
        }

        foreach (var certificate in certificates)
        {
            certificate.Dispose();
        }

        return pem;
    }

    private static NetworkSettings WithProxy(
        string provider, ProxyDocument? proxy, Reading reading, ICollection<string> missing, NetworkSettings network)
    {
        var path = $"{provider}.proxy_config";
        switch (proxy?.Type)
        {
            case "environment":
                return network with { ProxyFromEnvironment = true };
            case "http" or "socks5":
                break;
            case null when proxy is not null:
                reading.Findings.Refuse($"{path}.type", "is required: none, http, socks5 or environment");
                return network;
            case null or "none":
                return network;
            default:
                reading.Findings.Refuse($"{path}.type", "must be none, http, socks5 or environment");
                return network;
        }

        if (proxy.Url is null)
        {
            reading.Findings.Refuse($"{path}.url", "is required");
            return network;
        }

        var url = Reading.TextOf(reading.References.Resolve($"{path}.url", proxy.Url), missing);
        if (url is not null && Urls.CheckProxy(url, proxy.Type) is { } reason)
        {
            reading.Findings.Refuse($"{path}.url", reason);
            url = null;
        }

        if (proxy is { Username: null, Password: not null })
        {
            reading.Findings.Refuse($"{path}.username", "is required when there is a password");
        }

        return network with
        {
            Proxy = url is null ? null : new Uri(url),
            ProxyUser = proxy.Username is { } user ? Reading.TextOf(reading.References.Resolve($"{path}.username", user), missing) : null,
            ProxyPassword = proxy.Password is { } password
                && Reading.TextOf(reading.References.ResolveSecret($"{path}.password", password), missing) is { } secret ? new(secret) : null,
        };
    }
}
