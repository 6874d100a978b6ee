using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace Gateway.Settings;

/// <summary>Reads <c>server</c>: two listeners that cannot be the same.</summary>
internal static class ServerReader
{
    /// <summary>ASP.NET's own variable; replaces <c>server.urls</c>.</summary>
    public const string UrlsVariable = "ASPNETCORE_URLS";

    /// <summary>Replaces <c>server.admin_urls</c>, for images and pods.</summary>
    public const string AdminUrlsVariable = "GATEWAY_ADMIN_URLS";

    /// <summary>Replaces <c>server.drain_delay_seconds</c>, for images and pods.</summary>
    public const string DrainDelayVariable = "GATEWAY_DRAIN_DELAY_SECONDS";

    /// <summary>Replaces <c>server.admin_token</c>, for images and pods.</summary>
    public const string AdminTokenVariable = "GATEWAY_ADMIN_TOKEN";

    private const string Path = "$.server";

    /// <summary>Reads the section.</summary>
    public static ServerSettings Read(ServerDocument document, AccessSettings access, string currentDirectory, Reading reading)
    {
        var (urls, refuseUrls) = Listener(UrlsVariable, "urls", document.Urls, reading);
        var (http2Urls, refuseHttp2) = document.Http2Urls is { } given ? Listener(null, "http2_urls", given, reading) : ([], _ => { });
        var (adminUrls, refuseAdmin) = Listener(AdminUrlsVariable, "admin_urls", document.AdminUrls, reading);
        Separate(urls, [], "", refuseUrls);
        Separate(http2Urls, urls, "; HTTP/2 without TLS needs one of its own", refuseHttp2);
        Separate(adminUrls, urls.Concat(http2Urls), "; the admin listener needs one of its own", refuseAdmin);
        foreach (var url in http2Urls.Where(IsSecure))
        {
            refuseHttp2($"\"{url}\" must be an http URL: an https URL of server.urls speaks HTTP/2 as it is");
        }

        CheckTls(document.Tls, [.. urls.Select(url => (url, refuseUrls)), .. adminUrls.Select(url => (url, refuseAdmin))], reading);
        if (Exposure.Refusal(urls.Select(url => url.ToString()), access) is { } open)
        {
            refuseUrls(open);
        }

        if (Exposure.Refusal(http2Urls.Select(url => url.ToString()), access) is { } openHttp2)
        {
            refuseHttp2(openHttp2);
        }

        return new ServerSettings
        {
            AdminToken = AdminToken(document, adminUrls.Any(url => !Exposure.IsLocal(url.ToString())), reading),
            MetricsWithoutToken = document.MetricsWithoutToken,
            Urls = [.. urls.Select(url => url.ToString())],
            Http2Urls = [.. http2Urls.Select(url => url.ToString())],
            Tls = TlsReader.Read(document.Tls, currentDirectory, reading),
            AdminUrls = [.. adminUrls.Select(url => url.ToString())],
            DrainTimeout = TimeSpan.FromSeconds(document.DrainTimeoutSeconds),
            DrainDelay = TimeSpan.FromSeconds(DrainDelay(document, reading)),
            AllowedHosts = Hosts(document.AllowedHosts, reading),
        };
    }

    /// <summary>Refuses what cannot be listened on beside what stands before it.</summary>
    private static void Separate(
        ImmutableArray<BindingAddress> urls, IEnumerable<BindingAddress> others, string why, Action<string> refuse)
    {
        for (var i = 0; i < urls.Length; i++)
        {
            if (urls.Take(i).Concat(others).FirstOrDefault(other => Overlap(other, urls[i])) is { } other)
            {
                refuse($"{urls[i]} and {other} listen on the same port{why}");
            }
        }
    }

    /// <summary>A certificate that nobody would see is a mistake as much as a URL without one: somebody believes that it is in use.</summary>
    private static void CheckTls(TlsDocument? tls, ImmutableArray<(BindingAddress Url, Action<string> Refuse)> listeners, Reading reading)
    {
        var secure = listeners.Where(listener => IsSecure(listener.Url)).ToArray();
        if (tls is null)
        {
            Array.ForEach(secure, listener => listener.Refuse($"\"{listener.Url}\" needs server.tls, which names its certificate and key"));
        }
        else if (secure is [])
        {
            reading.Findings.Refuse(
                $"{Path}.tls",
                $"no listener uses it: neither server.urls (or {UrlsVariable}) nor server.admin_urls (or {AdminUrlsVariable}) holds an https URL");
        }
    }

    private static bool IsSecure(BindingAddress url) => url.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase);

    private static int DrainDelay(ServerDocument document, Reading reading)
    {
        if (reading.References.Override(DrainDelayVariable) is not { } text)
        {
            return document.DrainDelaySeconds;
        }

        var bounds = NumberAttribute.Of(ConfigDocumentContext.Default.ServerDocument, "drain_delay_seconds");
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && bounds.Refusal(seconds) is null)
        {
            return seconds;
        }

        reading.Findings.RefuseSource(DrainDelayVariable, $"must be {bounds}");
        return 0;
    }

    private static KeyDigest? AdminToken(ServerDocument document, bool isReachable, Reading reading)
    {
        var (path, found) = ($"{Path}.admin_token", reading.References.Override(AdminTokenVariable));
        Action<string> refuse = found is null
            ? reason => reading.Findings.Refuse(path, reason)
            : reason => reading.Findings.RefuseSource(AdminTokenVariable, reason);
        if (found is null && document.AdminToken is { } text)
        {
            var reference = reading.References.ResolveSecret(path, text);
            found = (reference as Reference.Found)?.Text;
            if (reference is Reference.Missing { Reason: var reason })
            {
                reading.Findings.Warn(path, $"{reason}; beyond loopback only probes are answered");
            }
        }

        if (found is null)
        {
            if (isReachable && document.AdminToken is null)
            {
                reading.Findings.Warn($"{Path}.admin_urls", "other machines are answered probes only: there is no server.admin_token");
            }

            return null;
        }

        reading.Findings.Hide(found);
        if (!ClientSecret.IsToken(found))
        {
            refuse("must be letters, digits and -._~+/ (RFC 6750), = only at its end");
            return null;
        }

        if (ClientSecret.IsWeak(found))
        {
            reading.Findings.Warn(path, "can be guessed: fewer than 128 bits");
        }

        return KeyDigest.Of(found);
    }

    private static ImmutableArray<string> Hosts(string[] hosts, Reading reading)
    {
        for (var i = 0; i < hosts.Length; i++)
        {
            if (Urls.CheckHost(hosts[i]) is { } reason)
            {
                reading.Findings.Refuse(JsonPath.Element($"{Path}.allowed_hosts", i), reason);
            }
        }

        return [.. hosts];
    }

    /// <summary>The listener's URLs, and the way to refuse them that names where they were said.</summary>
    private static (ImmutableArray<BindingAddress> Urls, Action<string> Refuse) Listener(
        string? variable, string member, string configured, Reading reading)
    {
        var fromEnvironment = variable is null ? null : reading.References.Override(variable);
        Action<string> refuse = variable is null || fromEnvironment is null
            ? reason => reading.Findings.Refuse($"{Path}.{member}", reason)
            : reason => reading.Findings.RefuseSource(variable, reason);
        return (Split(fromEnvironment ?? configured, refuse), refuse);
    }

    private static ImmutableArray<BindingAddress> Split(string urls, Action<string> refuse)
    {
        var addresses = ImmutableArray.CreateBuilder<BindingAddress>();
        foreach (var url in urls.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (Parse(url, out var address) is { } reason)
            {
                refuse(reason);
            }
            else
            {
                addresses.Add(address!);
            }
        }

        if (urls.Trim(' ', ';').Length == 0)
        {
            refuse("must name at least one URL");
        }

        return addresses.ToImmutable();
    }

    private static string? Parse(string url, out BindingAddress? address)
    {
        address = null;
        try
        {
            address = BindingAddress.Parse(url);
        }
        catch (FormatException)
        {
            return $"\"{url}\" is not a URL to listen on, such as http://127.0.0.1:8080";
        }

        return !IsSecure(address) && !address.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase)
                ? $"\"{url}\" must be an http or https URL"
            : address.IsUnixPipe ? null
            : address.Port is < 0 or > IPEndPoint.MaxPort ? $"\"{url}\" has a port beyond {IPEndPoint.MaxPort}"
            : !IsBindable(address.Host)
                ? $"\"{url}\" must name an address, localhost, or * for every interface; another name would listen on all of them"
            : address.PathBase.Length > 0 ? $"\"{url}\" must not have a path"
            : null;
    }

    /// <summary>Kestrel listens on every interface for any name but localhost, also for one that means a single address.</summary>
    private static bool IsBindable(string host) =>
        host is "*" or "+" || host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || IPAddress.TryParse(host.Trim('[', ']'), out _);

    private static bool Overlap(BindingAddress one, BindingAddress other)
    {
        if (one.IsUnixPipe || other.IsUnixPipe)
        {
            return one.IsUnixPipe && other.IsUnixPipe && one.UnixPipePath == other.UnixPipePath;
        }

        return one.Port == other.Port && one.Port != 0 && Hosts(one).Overlaps(Hosts(other));
    }

    // As Kestrel binds them: localhost is both loopbacks, * and + are every interface.
    private static HostSet Hosts(BindingAddress address) =>
        address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? new(false, [IPAddress.Loopback, IPAddress.IPv6Loopback])
        : !IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) || ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any) ? new(true, [])
        : new(false, [ip]);

    private sealed record HostSet(bool IsAny, ImmutableArray<IPAddress> Addresses)
    {
        public bool Overlaps(HostSet other) => IsAny || other.IsAny || Addresses.Any(address => other.Addresses.Contains(address));
    }
}
