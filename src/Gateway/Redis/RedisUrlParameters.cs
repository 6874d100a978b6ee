using System.Collections.Frozen;
using System.Globalization;
using System.Net.Security;
using StackExchange.Redis;

namespace Gateway.Redis;

/// <summary>
/// What may stand behind the <c>?</c> of a Redis URL, in the words of redis-py, Lettuce, ioredis and go-redis. What only tunes another library's pool
/// is taken and has no effect; what is not known is refused, since it may be what keeps the connection safe.
/// </summary>
internal sealed class RedisUrlParameters
{
    private static readonly string[] s_known =
    [
        "db", "username", "password", "client_name", "service_name", "ssl_cert_reqs", "ssl_check_hostname", "ssl_ca_certs", "skip_verify",
        "protocol",
    ];

    private static readonly FrozenSet<string> s_ignored = FrozenSet.Create(
        StringComparer.Ordinal,
        "timeout", "socket_timeout", "socket_connect_timeout", "socket_keepalive", "health_check_interval", "max_connections", "decode_responses",
        "retry_on_timeout", "encoding", "family", "dial_timeout", "read_timeout", "write_timeout", "pool_size", "max_retries");

    private readonly List<Action<ConfigurationOptions>> _changes = [];
    private SslPolicyErrors _tolerated;

    private RedisUrlParameters()
    {
    }

    /// <summary>Name of what the Sentinels watch, or null.</summary>
    public string? Service { get; private set; }

    /// <summary>Reads a query; throws <see cref="RedisUrlException"/>.</summary>
    public static RedisUrlParameters Read(string query)
    {
        var parameters = new RedisUrlParameters();
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            parameters.Take((equals < 0 ? pair : pair[..equals]).ToLowerInvariant(), equals < 0 ? "" : Uri.UnescapeDataString(pair[(equals + 1)..]));
        }

        return parameters;
    }

    /// <summary>Puts them on the options.</summary>
    public void Apply(ConfigurationOptions options)
    {
        foreach (var change in _changes)
        {
            change(options);
        }

        if (_tolerated != SslPolicyErrors.None)
        {
            options.CertificateValidation += (_, _, _, errors) => (errors & ~_tolerated) == SslPolicyErrors.None;
        }
    }

    /// <summary>The number of a database.</summary>
    public static int Database(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new RedisUrlException("has a database that is not a number");

    private void Take(string name, string value)
    {
        switch (name)
        {
            case "db" or "database":
                var database = Database(value);
                _changes.Add(options => options.DefaultDatabase = database);
                break;
            case "username" or "user":
                _changes.Add(options => options.User = value);
                break;
            case "password":
                _changes.Add(options => options.Password = value);
                break;
            case "client_name" or "clientname":
                _changes.Add(options => options.ClientName = value);
                break;
            case "service_name" or "sentinelmasterid" or "master_name" or "master":
                Service = value;
                break;
            case "ssl_cert_reqs":
                Tolerate(value.ToLowerInvariant().Replace("cert_", "", StringComparison.Ordinal) switch
                {
                    "none" => ~SslPolicyErrors.None,
                    "optional" or "required" => SslPolicyErrors.None,
                    _ => throw new RedisUrlException("has an 'ssl_cert_reqs' other than none, optional and required"),
                });
                break;
            case "ssl_check_hostname":
                Tolerate(Flag(value) ? SslPolicyErrors.None : SslPolicyErrors.RemoteCertificateNameMismatch);
                break;
            case "skip_verify":
                Tolerate(Flag(value) ? ~SslPolicyErrors.None : SslPolicyErrors.None);
                break;
            case "ssl_ca_certs":
                _changes.Add(
                    options => options.TrustIssuer(
                        File.Exists(value) ? value : throw new RedisUrlException("names a file in 'ssl_ca_certs' that does not exist")));
                break;
            case "protocol":
                var protocol = value switch
                {
                    "2" => RedisProtocol.Resp2,
                    "3" => RedisProtocol.Resp3,
                    _ => throw new RedisUrlException("has a 'protocol' other than 2 and 3"),
                };
                _changes.Add(options => options.Protocol = protocol);
                break;
            case var other when s_ignored.Contains(other):
                break;
            default:
                throw new RedisUrlException(
                    $"has a parameter that is not known; known are {string.Join(", ", s_known)} (a ? in a password is written %3F)");
        }
    }

    private void Tolerate(SslPolicyErrors errors) => _tolerated |= errors;

    private static bool Flag(string value) => value.ToLowerInvariant() is "true" or "1" or "yes";
}
