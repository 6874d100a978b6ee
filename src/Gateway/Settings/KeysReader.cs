using System.Collections.Immutable;
using System.Globalization;
using Gateway.Access;
using Gateway.Providers.Contract;

namespace Gateway.Settings;

/// <summary>Reads <c>governance.virtual_keys</c>.</summary>
/// <param name="teams">Teams by id.</param>
/// <param name="customers">Customers by id.</param>
/// <param name="rates">Rate limits by id; null for one without effect.</param>
/// <param name="rights">Reads what keys may do.</param>
/// <param name="reading">What to work with.</param>
internal sealed class KeysReader(
    Dictionary<string, GovernanceReader.Member> teams, Dictionary<string, GovernanceReader.Member> customers, Dictionary<string, RateLimit?> rates,
    RightsReader rights, Reading reading)
{
    /// <summary>One key for everything, for the simplest case: image, pod, a first try.</summary>
    public const string KeyVariable = "GATEWAY_CLIENT_KEY";

    /// <summary>The name and id of the key in <see cref="KeyVariable"/>.</summary>
    public const string DefaultName = "default";

    private readonly ImmutableArray<(string Key, string Problem)>.Builder _problems =
        ImmutableArray.CreateBuilder<(string Key, string Problem)>();

    private readonly Dictionary<KeyDigest, string> _known = [];

    /// <summary>What is wrong with keys that are read all the same.</summary>
    public ImmutableArray<(string Key, string Problem)> Problems => _problems.ToImmutable();

    /// <summary>The keys, that of the environment included.</summary>
    public ImmutableArray<ClientKey> Read(VirtualKeyDocument[] documents)
    {
        var keys = ImmutableArray.CreateBuilder<ClientKey>();
        var (names, ids) = (new HashSet<string>(StringComparer.OrdinalIgnoreCase), new HashSet<string>(StringComparer.OrdinalIgnoreCase));
        if (FromEnvironment() is { } only)
        {
            keys.Add(only);
            names.Add(DefaultName);
            ids.Add(DefaultName);
        }

        for (var i = 0; i < documents.Length; i++)
        {
            var (document, path) = (documents[i], JsonPath.Element($"{GovernanceReader.Path}.virtual_keys", i));
            var isNamed = reading.Identifier($"{path}.name", document.Name, names);
            var hasId = isNamed && reading.Identifier(document.Id is null ? $"{path}.name" : $"{path}.id", document.Id ?? document.Name, ids);
            var key = Read(document, path, document.Name ?? "");
            if (hasId)
            {
                names.Add(key.Name);
                ids.Add(key.Id);
                keys.Add(key);
            }
        }

        return keys.ToImmutable();
    }

    private ClientKey? FromEnvironment()
    {
        if (reading.References.Override(KeyVariable) is not { } value)
        {
            return null;
        }

        reading.Findings.Hide(value);
        return new ClientKey
        {
            Id = DefaultName,
            Name = DefaultName,
            Digest = DigestOf(value, DefaultName, reason => reading.Findings.RefuseSource(KeyVariable, reason), _ => { }),
            Tenant = new Tenant($"key:{DefaultName}"),
            Rights = new ClientRights(),
        };
    }

    private ClientKey Read(VirtualKeyDocument document, string path, string name)
    {
        if (document is { TeamId: not null, CustomerId: not null })
        {
            reading.Findings.Refuse($"{path}.customer_id", "cannot be given beside team_id: a key belongs to one of them");
        }

        var team = reading.Find($"{path}.team_id", document.TeamId, teams, "team");
        var customer = reading.Find($"{path}.customer_id", document.CustomerId, customers, "customer");
        var id = document.Id ?? name;
        var owner = team is not null ? $"team:{team.Group.Id}" : customer is not null ? $"customer:{customer.Group.Id}" : $"key:{id}";
        RightsReader.Check(document, path, reading);
        return new ClientKey
        {
            Id = id,
            Name = name,
            Digest = ValueOf(document, path, name),
            IsActive = document.IsActive,
            ExpiresAt = ExpiryOf(document, path),
            Tenant = new Tenant(owner, SeesAll: (document.Containers ?? team?.Document?.Containers) == "all"),
            Rights = rights.Read(document, document.ProviderConfigs, team?.Document, path),
            Team = team?.Group,
            Customer = customer?.Group ?? team?.Customer,
            RateLimit = reading.Find($"{path}.rate_limit_id", document.RateLimitId, rates, "rate limit"),
        };
    }

    private KeyDigest? ValueOf(VirtualKeyDocument document, string path, string name)
    {
        if (document.Value is not { } text)
        {
            reading.Findings.Refuse($"{path}.value", "is required: env.NAME or file:/path; `gateway keys new` makes one");
            return null;
        }

        switch (reading.References.ResolveSecret($"{path}.value", text))
        {
            case Reference.Found { Text: var value }:
                return DigestOf(
                    value, name, reason => reading.Findings.Refuse($"{path}.value", reason), note => reading.Findings.Warn($"{path}.value", note));
            case Reference.Missing { Reason: var reason }:
                _problems.Add((name, reason));
                reading.Findings.Warn($"{path}.value", $"{reason}; nobody can use the key");
                return null;
            default:
                return null;
        }
    }

    private KeyDigest? DigestOf(string value, string name, Action<string> refuse, Action<string> warn)
    {
        if (!ClientSecret.IsToken(value) || KeyDigest.Of(value) is not { } digest)
        {
            refuse($"what clients present must be 1 to {KeyDigest.MaxLength} letters, digits and -._~+/ (RFC 6750), = only at its end");
            return null;
        }

        if (JwtAccess.IsToken(value))
        {
            refuse("looks like an access token (JWT), and would be taken for one");
            return null;
        }

        if (!_known.TryAdd(digest, name))
        {
            refuse($"is the value of the key \"{_known[digest]}\", too");
            return null;
        }

        if (ClientSecret.IsWeak(value))
        {
            const string Weak = "can be guessed: fewer than 128 bits; `gateway keys new` makes one of 256";
            _problems.Add((name, Weak));
            warn(Weak);
        }

        return digest;
    }

    private DateTimeOffset? ExpiryOf(VirtualKeyDocument document, string path)
    {
        if (document.ExpiresAt is not { } text)
        {
            return null;
        }

        if (DateTimeOffset.TryParseExact(
            text, ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var at)
            && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal)))
        {
            return at;
        }

        reading.Findings.Refuse($"{path}.expires_at", "must be a time in RFC 3339, such as 2027-01-31T00:00:00Z");
        return DateTimeOffset.MinValue;
    }
}
