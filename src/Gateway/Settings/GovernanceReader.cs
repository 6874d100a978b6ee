using System.Collections.Immutable;

namespace Gateway.Settings;

/// <summary>Reads <c>governance</c> and what <c>client</c> says of keys.</summary>
internal static class GovernanceReader
{
    /// <summary>Path of the section.</summary>
    public const string Path = "$.governance";

    private const string ClientPath = "$.client";

    /// <summary>Reads both.</summary>
    public static AccessSettings Read(ConfigDocument document, Reading reading)
    {
        RefusePasswords("$.auth_config", document.AuthConfig, reading);
        RefusePasswords($"{Path}.auth_config", document.Governance.AuthConfig, reading);
        var rates = RatesOf(document.Governance.RateLimits, reading);
        var customers = CustomersOf(document.Governance.Customers, rates, reading);
        var teams = TeamsOf(document.Governance.Teams, customers, rates, reading);
        var rights = new RightsReader(document.Providers, rates, emptyMeansAll: document.Version == 1, reading);
        var keys = new KeysReader(teams, customers, rates, rights, reading);
        var access = new AccessSettings
        {
            Keys = keys.Read(document.Governance.VirtualKeys),
            Jwt = JwtReader.Read(document.Client.Jwt, rights, reading),
            Problems = keys.Problems,
            AllowAnonymous = document.Client.AllowAnonymous,
            IsEnforced = Enforced(document.Client, reading),
            RequiredHeaders = Headers(document.Client.RequiredHeaders, reading),
            WhitelistedRoutes = Routes(document.Client.WhitelistedRoutes, reading),
        };
        CheckWholeness(document.Client, access, reading);
        return access;
    }

    /// <summary>A group as keys refer to it.</summary>
    /// <param name="Group">The group.</param>
    /// <param name="Customer">Its customer, or null.</param>
    /// <param name="Document">What it says of rights, or null.</param>
    internal sealed record Member(ClientGroup Group, ClientGroup? Customer, RightsDocument? Document);

    /// <summary>Ignored, it would leave open what the file wants closed.</summary>
    private static void RefusePasswords(string path, AuthConfigDocument? passwords, Reading reading)
    {
        if (passwords is { IsEnabled: true, DisableAuthOnInference: false })
        {
            reading.Findings.Refuse(
                $"{path}.is_enabled",
                "asks callers for a password, which this gateway does not do; hand out governance.virtual_keys, and set "
                    + "disable_auth_on_inference to true here");
        }
    }

    private static bool Enforced(ClientDocument client, Reading reading)
    {
        if (client.EnforceScimAuth == true)
        {
            reading.Findings.Refuse($"{ClientPath}.enforce_scim_auth", "is Bifrost's older name of enforce_auth_on_inference; write that");
        }

        if (client.AllowDirectKeys == true)
        {
            reading.Findings.Refuse(
                $"{ClientPath}.allow_direct_keys", "is not offered: keys of upstreams are configured, never taken from callers");
        }

        if (client is { EnforceAuthOnInference: not null, EnforceGovernanceHeader: not null })
        {
            reading.Findings.Refuse(
                $"{ClientPath}.enforce_governance_header", "is an older name of enforce_auth_on_inference; give only one of the two");
        }

        return client.EnforceAuthOnInference ?? client.EnforceGovernanceHeader ?? true;
    }

    private static void CheckWholeness(ClientDocument client, AccessSettings access, Reading reading)
    {
        if (access.IsOpen && (client.EnforceAuthOnInference ?? client.EnforceGovernanceHeader) == true)
        {
            reading.Findings.Refuse(
                client.EnforceAuthOnInference is null ? $"{ClientPath}.enforce_governance_header" : $"{ClientPath}.enforce_auth_on_inference",
                "asks for a key, and none is configured: `gateway keys new` makes one");
        }

        if (!access.IsOpen && access.AllowAnonymous)
        {
            reading.Findings.Warn(
                $"{ClientPath}.allow_anonymous", "has no effect: there are client keys; enforce_auth_on_inference says whether calls need one");
        }
    }

    private static Dictionary<string, RateLimit?> RatesOf(RateLimitDocument[] documents, Reading reading)
    {
        var rates = new Dictionary<string, RateLimit?>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < documents.Length; i++)
        {
            var (document, path) = (documents[i], JsonPath.Element($"{Path}.rate_limits", i));
            if (reading.Identifier($"{path}.id", document.Id, rates.Keys))
            {
                rates[document.Id!] = RateOf(document, path, reading);
            }
        }

        return rates;
    }

    private static RateLimit? RateOf(RateLimitDocument document, string path, Reading reading)
    {
        if (document.RequestMaxLimit is null && document.RequestResetDuration is null)
        {
            reading.Findings.Warn(path, "limits no requests: only request_max_limit and request_reset_duration have an effect here");
            return null;
        }

        if (document.RequestMaxLimit is not { } requests || document.RequestResetDuration is not { } text)
        {
            reading.Findings.Refuse(path, "needs both request_max_limit and request_reset_duration");
            return null;
        }

        if (GoDuration.Window(text) is { } window)
        {
            return new RateLimit(document.Id!, requests, window);
        }

        reading.Findings.Refuse(
            $"{path}.request_reset_duration", "must be a duration of one second to a year, such as 30s, 5m, 1h, 1d, 1w, 1M or 1Y");
        return null;
    }

    private static Dictionary<string, Member> CustomersOf(CustomerDocument[] documents, Dictionary<string, RateLimit?> rates, Reading reading)
    {
        var customers = new Dictionary<string, Member>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < documents.Length; i++)
        {
            var (document, path) = (documents[i], JsonPath.Element($"{Path}.customers", i));
            var rate = reading.Find($"{path}.rate_limit_id", document.RateLimitId, rates, "rate limit");
            if (reading.Identifier($"{path}.id", document.Id, customers.Keys))
            {
                customers[document.Id!] = new Member(Group(document.Id!, document.Name, path, rate, reading), null, null);
            }
        }

        return customers;
    }

    private static Dictionary<string, Member> TeamsOf(
        TeamDocument[] documents, Dictionary<string, Member> customers, Dictionary<string, RateLimit?> rates, Reading reading)
    {
        var teams = new Dictionary<string, Member>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < documents.Length; i++)
        {
            var (document, path) = (documents[i], JsonPath.Element($"{Path}.teams", i));
            var rate = reading.Find($"{path}.rate_limit_id", document.RateLimitId, rates, "rate limit");
            var customer = reading.Find($"{path}.customer_id", document.CustomerId, customers, "customer");
            if (reading.Identifier($"{path}.id", document.Id, teams.Keys))
            {
                var group = Group(document.Id!, document.Name, path, rate, reading) with { MaxConcurrentCalls = document.Limits?.MaxConcurrentCalls };
                teams[document.Id!] = new Member(group, customer?.Group, document);
            }

            RightsReader.Check(document, path, reading);
        }

        return teams;
    }

    private static ClientGroup Group(string id, string? name, string path, RateLimit? rate, Reading reading)
    {
        if (name is not null)
        {
            reading.Identifier($"{path}.name", name, []);
        }

        return new ClientGroup(id, name ?? id, rate);
    }

    private static ImmutableArray<string> Headers(string[] names, Reading reading)
    {
        for (var i = 0; i < names.Length; i++)
        {
            if (!ClientReader.IsHeaderName(names[i]))
            {
                reading.Findings.Refuse(JsonPath.Element($"{ClientPath}.required_headers", i), "is not the name of a header");
            }
        }

        return [.. names];
    }

    /// <summary>Nothing that a container could be reached by may be exempt, whatever is added below those paths.</summary>
    private static ImmutableArray<string> Routes(string[] routes, Reading reading)
    {
        string[] kept = ["/v1", "/openai"];
        for (var i = 0; i < routes.Length; i++)
        {
            var path = JsonPath.Element($"{ClientPath}.whitelisted_routes", i);
            var route = routes[i].EndsWith('*') ? routes[i][..^1] : routes[i];
            if (!route.StartsWith('/') || route.Contains('*') || route.Any(c => c is <= ' ' or > '~' or '%' or '?' or '#' or '\\'))
            {
                reading.Findings.Refuse(path, "must be a path such as /docs, with nothing but a trailing * as wildcard");
            }
            else if (Array.Exists(kept, prefix => route.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
                || (routes[i].EndsWith('*') && prefix.StartsWith(route, StringComparison.OrdinalIgnoreCase))))
            {
                reading.Findings.Refuse(
                    path, "would open the API to callers without a key; enforce_auth_on_inference: false does that, for all of it");
            }
        }

        return [.. routes];
    }
}
