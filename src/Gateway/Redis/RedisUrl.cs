using System.Globalization;
using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;

namespace Gateway.Redis;

/// <summary>A URL cannot be used. Its message quotes nothing of it.</summary>
internal sealed class RedisUrlException(string reason) : FormatException(reason);

/// <summary>
/// Reads the URLs that libraries of other languages take: <c>redis://</c> and <c>rediss://</c> (IANA's provisional schemes; several hosts are seeds
/// of a cluster), <c>unix://</c>, <c>redis+socket://</c> and <c>redis-socket://</c> (redis-py, Lettuce), <c>redis-sentinel://</c> and
/// <c>redis+sentinel://</c> (Lettuce, redis-sentinel-url). By hand, since no URI class takes several hosts.
/// </summary>
internal static class RedisUrl
{
    private const int DefaultPort = 6379;
    private const int DefaultSentinelPort = 26379;

    /// <summary>Whether a connection string is a URL.</summary>
    public static bool IsUrl(string text) => text.Contains("://", StringComparison.Ordinal);

    /// <summary>Its options; throws <see cref="RedisUrlException"/>, <see cref="ArgumentException"/> or <see cref="OverflowException"/>.</summary>
    public static ConfigurationOptions Parse(string text)
    {
        var (scheme, rest) = Split(text, "://");
        (rest, var fragment) = Split(rest!, "#");
        (rest, var query) = Split(rest, "?");
        var kind = KindOf(scheme.ToLowerInvariant(), out var isSecure);
        var options = new ConfigurationOptions { Ssl = isSecure };
        var at = rest.LastIndexOf('@');
        ReadCredentials(at < 0 ? "" : rest[..at], options);
        rest = rest[(at + 1)..];
        if (kind == Kind.Socket)
        {
            var path = Uri.UnescapeDataString(rest);
            options.EndPoints.Add(
                path is ['/', _, ..] ? new UnixDomainSocketEndPoint(path) : throw new RedisUrlException("names no absolute path of a socket"));
        }
        else
        {
            ReadHosts(rest, kind, fragment, options);
        }

        var parameters = RedisUrlParameters.Read(query ?? "");
        if (kind == Kind.Sentinel)
        {
            options.ServiceName = parameters.Service
                ?? options.ServiceName
                ?? throw new RedisUrlException("names no service of the Sentinels (behind a #)");
        }

        parameters.Apply(options);
        return options;
    }

    private static Kind KindOf(string scheme, out bool isSecure)
    {
        isSecure = scheme.StartsWith("rediss", StringComparison.Ordinal);
        return scheme switch
        {
            "redis" or "rediss" => Kind.Server,
            "unix" or "redis-socket" or "redis+socket" => Kind.Socket,
            "redis-sentinel" or "redis+sentinel" or "rediss-sentinel" or "rediss+sentinel" => Kind.Sentinel,
            _ => throw new RedisUrlException("has a scheme that is not known"),
        };
    }

    private static void ReadCredentials(string text, ConfigurationOptions options)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0)
        {
            options.User = Uri.UnescapeDataString(text[..colon]);
        }

        if (text.Length > colon + 1)
        {
            // "user@" without a colon is a password alone, as in the first redis:// URLs.
            options.Password = Uri.UnescapeDataString(text[(colon + 1)..]);
        }
    }

    private static void ReadHosts(string text, Kind kind, string? fragment, ConfigurationOptions options)
    {
        var (hosts, path) = Split(text, "/");
        foreach (var host in hosts.Split(','))
        {
            AddHost(host, kind == Kind.Sentinel ? DefaultSentinelPort : DefaultPort, options);
        }

        // redis-sentinel://hosts/database#service, or redis+sentinel://hosts/service/database.
        var segments = (path ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToList();
        if (kind == Kind.Sentinel)
        {
            options.ServiceName = fragment is { Length: > 0 } ? Uri.UnescapeDataString(fragment) : null;
            if (options.ServiceName is null && segments.Count > 0 && !segments[0].All(char.IsAsciiDigit))
            {
                options.ServiceName = segments[0];
                segments.RemoveAt(0);
            }
        }
        else if (fragment is { Length: > 0 })
        {
            throw new RedisUrlException("has a fragment; a # in a password is written %23");
        }

        options.DefaultDatabase = segments switch
        {
            [] => null,
            [var database] => RedisUrlParameters.Database(database),
            _ => throw new RedisUrlException("has a path that is not the number of a database"),
        };
    }

    private static void AddHost(string text, int port, ConfigurationOptions options)
    {
        var end = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) + 1
            : text.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? colon
            : text.Length;
        var host = text[..end].Trim('[', ']');
        if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            throw new RedisUrlException("names no host, or one that cannot be");
        }

        if (end < text.Length)
        {
            port = text[end] == ':'
                && ushort.TryParse(text.AsSpan(end + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given > 0
                ? given
                : throw new RedisUrlException("has a port that is no number of 1 to 65535");
        }

        options.EndPoints.Add(host, port);
        if (options.Ssl && options.EndPoints.Count == 1)
        {
            options.SslHost = host;
            options.SslProtocols = SslProtocols.None;
        }
    }

    private static (string Before, string? After) Split(string text, string mark)
    {
        var at = text.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + mark.Length)..]);
    }

    private enum Kind
    {
        Server,
        Socket,
        Sentinel,
    }
}
