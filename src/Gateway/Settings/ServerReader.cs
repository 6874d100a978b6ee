using System.Collections.Immutable;
using System.Net;

namespace Gateway.Settings;

/// <summary>Reads <c>server</c>: two listeners that cannot be the same.</summary>
internal static class ServerReader
{
    /// <summary>ASP.NET's own variable; replaces <c>server.urls</c>.</summary>
    public const string UrlsVariable = "ASPNETCORE_URLS";

    private const string Path = "$.server";

    /// <summary>Reads the section.</summary>
    public static ServerSettings Read(ServerDocument? document, Reading reading)
    {
        var fromEnvironment = reading.References.Override(UrlsVariable);
        Action<string> refuseUrls = fromEnvironment is null
            ? reason => reading.Findings.Refuse($"{Path}.urls", reason)
            : reason => reading.Findings.RefuseSource(UrlsVariable, reason);
        var urls = Split(fromEnvironment ?? document?.Urls ?? "http://127.0.0.1:8080", refuseUrls);
        var adminUrls = Split(document?.AdminUrls ?? "http://127.0.0.1:8081", RefuseAdmin);
        for (var i = 1; i < urls.Length; i++)
        {
            if (urls.Take(i).FirstOrDefault(other => Overlap(other, urls[i])) is { } other)
            {
                refuseUrls($"{urls[i]} and {other} listen on the same port");
            }
        }

        for (var i = 0; i < adminUrls.Length; i++)
        {
            if (adminUrls.Take(i).Concat(urls).FirstOrDefault(other => Overlap(other, adminUrls[i])) is { } other)
            {
                RefuseAdmin($"{adminUrls[i]} and {other} listen on the same port; the admin listener needs one of its own");
            }
        }

        return new ServerSettings
        {
            Urls = [.. urls.Select(url => url.ToString())],
            AdminUrls = [.. adminUrls.Select(url => url.ToString())],
            DrainTimeout = TimeSpan.FromSeconds(
                reading.Number($"{Path}.drain_timeout_seconds", document?.DrainTimeoutSeconds, Bounds.Timeout, 60)),
        };

        void RefuseAdmin(string reason) => reading.Findings.Refuse($"{Path}.admin_urls", reason);
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

        return address.Scheme.Equals("https", StringComparison.OrdinalIgnoreCase)
                ? $"\"{url}\" asks for https, but TLS ends in front of the gateway; use http"
            : !address.Scheme.Equals("http", StringComparison.OrdinalIgnoreCase) ? $"\"{url}\" must be an http URL"
            : address.IsUnixPipe ? null
            : address.Port is < 0 or > IPEndPoint.MaxPort ? $"\"{url}\" has a port beyond {IPEndPoint.MaxPort}"
            : address.PathBase.Length > 0 ? $"\"{url}\" must not have a path"
            : null;
    }

    private static bool Overlap(BindingAddress one, BindingAddress other)
    {
        if (one.IsUnixPipe || other.IsUnixPipe)
        {
            return one.IsUnixPipe && other.IsUnixPipe && one.UnixPipePath == other.UnixPipePath;
        }

        return one.Port == other.Port && one.Port != 0 && Hosts(one).Overlaps(Hosts(other));
    }

    // As Kestrel binds them: localhost is both loopbacks, a name that is no address is every interface.
    private static HostSet Hosts(BindingAddress address) =>
        address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) ? new(false, [IPAddress.Loopback, IPAddress.IPv6Loopback])
        : !IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) || ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any) ? new(true, [])
        : new(false, [ip]);

    private sealed record HostSet(bool IsAny, ImmutableArray<IPAddress> Addresses)
    {
        public bool Overlaps(HostSet other) => IsAny || other.IsAny || Addresses.Any(address => other.Addresses.Contains(address));
    }
}
