using Gateway.Settings;
using Xunit;

namespace Gateway.Tests.Settings;

/// <summary>What a file may say of client keys: what would loosen protection if it were overlooked is refused.</summary>
public sealed class ClientKeysTests
{
    private const string Value = "sk-bf-Q2xpZW50IGtleSBvZiBBbm4sIGZvciB0ZXN0cy4x";

    /// <summary>Members of a key, and what is wrong with them.</summary>
    public static TheoryData<string, string> Mistakes => new()
    {
        { "\"name\": \"a\"", "virtual_keys[0].value: is required: env.NAME or file:/path; `gateway keys new` makes one" },
        { "\"value\": \"env.K\"", "virtual_keys[0].name: must be 1 to 128 printable ASCII characters, without spaces around them" },
        { "\"name\": \"a\", \"value\": \"env.SPACE\"",
          "virtual_keys[0].value: what clients present must be 1 to 512 letters, digits and -._~+/ (RFC 6750), = only at its end" },
        { "\"name\": \"a\", \"value\": \"env.K\", \"expires_at\": \"tomorrow\"",
          "virtual_keys[0].expires_at: must be a time in RFC 3339, such as 2027-01-31T00:00:00Z" },
        { "\"name\": \"a\", \"value\": \"env.K\", \"expires_at\": \"2027-01-31T00:00:00\"",
          "virtual_keys[0].expires_at: must be a time in RFC 3339, such as 2027-01-31T00:00:00Z" },
        { "\"name\": \"a\", \"value\": \"env.K\", \"is_active\": \"no\"", "virtual_keys[0].is_active: must be true or false, but is a text" },
        { "\"name\": \"a\", \"value\": \"env.K\", \"team_id\": \"t\", \"customer_id\": \"c\"",
          "virtual_keys[0].customer_id: cannot be given beside team_id: a key belongs to one of them" },
        { "\"name\": \"a\", \"value\": \"env.K\", \"team_id\": \"tt\"",
          "virtual_keys[0].team_id: names no team of this file" },
        { "\"name\": \"a\", \"value\": \"env.K\", \"rate_limit_id\": \"x\"", "virtual_keys[0].rate_limit_id: names no rate limit of this file" },
        { "\"name\": \"a\", \"value\": \"env.K\", \"provider_configs\": [ { \"provider\": \"locl\" } ]",
          "provider_configs[0].provider: names no configured provider; did you mean \"local\"?" },
        { "\"name\": \"a\", \"value\": \"env.K\", \"provider_configs\": [ { \"provider\": \"local\", \"key_ids\": [ \"x\" ] } ]",
          "provider_configs[0].key_ids[0]: names no key of the provider" },
        { "\"name\": \"a\", \"value\": \"env.K\", \"provider_configs\": [ { \"provider\": \"local\" }, { \"provider\": \"*\" } ]",
          "provider_configs: \"*\" stands for all providers, so no other can be named beside it" },
        { "\"name\": \"a\", \"value\": \"env.K\", \"network_policies\": [ \"open\" ]",
          "virtual_keys[0].network_policies[0]: must be disabled or allowlist" },
        { "\"name\": \"a\", \"value\": \"env.K\", \"containers\": \"any\"", "virtual_keys[0].containers: must be own or all" },
        { "\"name\": \"a\", \"value\": \"env.K\", \"limits\": { \"max_memory_limit\": \"2g\" }",
          "virtual_keys[0].limits.max_memory_limit: must be one of 1g, 4g, 16g, 64g" },
        { "\"name\": \"a\", \"value\": \"env.K\", \"access_profile_id\": 1",
          "virtual_keys[0].access_profile_id: unknown member \"access_profile_id\"" },
        { "\"name\": \"a\", \"value\": \"env.K\" }, { \"name\": \"A\", \"value\": \"env.L\"", "virtual_keys[1].name: \"A\" is already taken" },
        { "\"name\": \"a\", \"value\": \"env.K\" }, { \"name\": \"b\", \"value\": \"env.UPPER\"",
          "virtual_keys[1].value: is the value of the key \"a\", too" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Mistake_in_a_key_stops_the_start_and_names_its_place(string members, string expected) => Assert.EndsWith(
        expected,
        Assert.Single(ConfigFile.Refused(
            With($"\"virtual_keys\": [ {{ {members} }} ], \"teams\": [ {{ \"id\": \"t\" }} ], \"customers\": [ {{ \"id\": \"c\" }} ]"),
            ("K", Value), ("L", Value + "2"), ("UPPER", Value.Replace("sk-bf-", "SK-BF-", StringComparison.Ordinal)), ("SPACE", "a b"))),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("\"client\": { \"allow_direct_keys\": true }", "allow_direct_keys: is not offered")]
    [InlineData("\"client\": { \"enforce_auth_on_inference\": true }", "enforce_auth_on_inference: asks for a key, and none is configured")]
    [InlineData("\"client\": { \"enforce_governance_header\": true }", "enforce_governance_header: asks for a key, and none is configured")]
    [InlineData("\"client\": { \"enforce_scim_auth\": true }", "enforce_scim_auth: is Bifrost's older name")]
    [InlineData("\"auth_config\": { \"is_enabled\": true }", "auth_config.is_enabled: asks callers for a password")]
    [InlineData("\"governance\": { \"auth_config\": { \"is_enabled\": true } }", "auth_config.is_enabled: asks callers for a password")]
    [InlineData("\"client\": { \"whitelisted_routes\": [ \"/v1/containers\" ] }", "whitelisted_routes[0]: would open the API")]
    [InlineData("\"client\": { \"whitelisted_routes\": [ \"/docs\", \"/OpenAI/*\" ] }", "whitelisted_routes[1]: would open the API")]
    [InlineData("\"client\": { \"whitelisted_routes\": [ \"/*\" ] }", "whitelisted_routes[0]: would open the API")]
    [InlineData("\"client\": { \"whitelisted_routes\": [ \"/open*\" ] }", "whitelisted_routes[0]: would open the API")]
    [InlineData("\"client\": { \"whitelisted_routes\": [ \"docs\" ] }", "whitelisted_routes[0]: must be a path")]
    [InlineData("\"client\": { \"jwt\": { \"authority\": \"http://idp.example\", \"audience\": \"a\" } }", "jwt.authority: must be the https URL")]
    [InlineData("\"client\": { \"jwt\": { \"authority\": \"https://idp.example\" } }", "jwt.audience: is required")]
    [InlineData("\"version\": 3", "$.version: must be 1 to 2, but is 3")]
    public void Setting_that_would_loosen_protection_if_overlooked_is_refused(string members, string expected) =>
        Assert.Contains(expected, Assert.Single(ConfigFile.Refused(ConfigFile.With(members))), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"auth_config\": { \"is_enabled\": true, \"disable_auth_on_inference\": true }")]
    [InlineData("\"client\": { \"allow_direct_keys\": false, \"enforce_auth_on_inference\": false }")]
    [InlineData("\"client\": { \"whitelisted_routes\": [ \"/openapi/v1.json\", \"/docs*\", \"/health\" ] }")]
    [InlineData("\"governance\": {}")]
    public void Setting_that_loosens_nothing_is_accepted(string members) => Assert.True(ConfigFile.Read(ConfigFile.With(members)).Access.IsOpen);

    [Fact]
    public void Keys_say_whose_containers_they_see_and_what_they_may_do()
    {
        var access = ConfigFile.Read(With("""
            "virtual_keys": [
              { "name": "ci", "id": "1", "value": "env.A", "team_id": "t", "limits": { "max_expires_after_minutes": 5 }, "rate_limit_id": "hourly" },
              { "name": "web", "value": "env.B", "customer_id": "acme", "provider_configs": [ { "provider": "*" } ] },
              { "name": "ops", "value": "env.C", "containers": "all", "is_active": false, "expires_at": "2027-01-31T02:00:00+02:00",
                "provider_configs": [ { "provider": "local", "weight": 1, "allowed_models": [ "*" ] } ] },
              { "name": "later", "value": "env.UNSET" } ],
            "teams": [ { "id": "t", "name": "Tools", "customer_id": "acme", "network_policies": [ "disabled" ], "allow_pinning": true,
                         "limits": { "max_expires_after_minutes": 9, "max_memory_limit": "4g", "max_file_size_mb": 2 } } ],
            "customers": [ { "id": "acme", "name": "Acme" } ],
            "rate_limits": [ { "id": "hourly", "request_max_limit": 100, "request_reset_duration": "1h" } ]
            """), ("A", Value + "A"), ("B", Value + "B"), ("C", Value + "C")).Access;
        Assert.Equal(["team:t", "customer:acme", "key:ops", "key:later"], access.Keys.Select(key => key.Tenant.Id));
        var (ci, web, ops, later) = (access.Keys[0], access.Keys[1], access.Keys[2], access.Keys[3]);
        Assert.Equal(("Tools", "Acme", new RateLimit("hourly", 100, TimeSpan.FromHours(1))), (ci.Team!.Name, ci.Customer!.Name, ci.RateLimit));
        Assert.Equal(new ClientLimits { MaxExpiresAfterMinutes = 5, MaxMemoryGib = 4, MaxFileBytes = 2 << 20 }, ci.Rights.Limits);
        Assert.True(ci.Rights is { AllowPinning: true, AllowForwardedHeaders: false, NetworkPolicies.Count: 1, Providers.Count: 0 });
        Assert.True(web.Rights is { Providers: null, AllowPinning: false });
        Assert.True(ops is { Tenant.SeesAll: true, IsActive: false } && ops.Rights.Allows("local") && !ops.Rights.Allows("openai"));
        Assert.Equal(new DateTimeOffset(2027, 1, 31, 0, 0, 0, TimeSpan.Zero), ops.ExpiresAt);
        Assert.Null(later.Digest);
        Assert.Equal([("later", "the environment variable UNSET is not set")], access.Problems);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void Empty_list_of_providers_means_all_in_version_1_and_none_in_version_2(int version, bool all)
    {
        var settings = ConfigFile.Read(
            ConfigFile.With($$"""
                "version": {{version}}, "governance": { "virtual_keys": [ { "name": "a", "value": "env.K", "provider_configs": [] } ] }
                """), ("K", Value));
        Assert.Equal(all, settings.Access.Keys[0].Rights.Allows("local"));
        Assert.Equal(all, !settings.Warnings.Any(warning => warning.Contains("may use no provider", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("sk-bf-5f0c8f4e-8a0e-4c1b-9f55-2a6d3b1c7e90", false)]
    [InlineData("Q2xpZW50IGtleSBvZiBBb4", false)]
    [InlineData("sk-bf-secret", true)]
    [InlineData("sk-bf-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", true)]
    [InlineData("0123456789abcdef0123456789abcde", true)]
    public void Value_that_can_be_guessed_is_warned_of(string value, bool isWeak)
    {
        var settings = ConfigFile.Read(With("\"virtual_keys\": [ { \"name\": \"a\", \"value\": \"env.K\" } ]"), ("K", value));
        Assert.Equal(isWeak, !settings.Access.Problems.IsEmpty);
        Assert.DoesNotContain(settings.Warnings, warning => warning.Contains(value, StringComparison.Ordinal));
    }

    [Fact]
    public void Literal_value_is_accepted_with_a_warning_that_does_not_show_it() =>
        Assert.Contains(
            ConfigFile.Read(With($"\"virtual_keys\": [ {{ \"name\": \"a\", \"value\": \"{Value}\" }} ]")).Warnings,
            warning => warning.Contains("the secret is written in the file", StringComparison.Ordinal)
                && !warning.Contains(Value, StringComparison.Ordinal));

    [Fact]
    public void New_values_differ_and_are_worth_256_bits()
    {
        var values = Enumerable.Range(0, 100).Select(_ => ClientSecret.New()).ToHashSet();
        Assert.Equal(100, values.Count);
        Assert.All(values, value => Assert.True(value.Length == 6 + 43 && ClientSecret.IsToken(value) && !ClientSecret.IsWeak(value)));
    }

    [Theory]
    [InlineData("http://0.0.0.0:8080")]
    [InlineData("http://*:8080")]
    [InlineData("http://[::]:8080")]
    [InlineData("http://127.0.0.1:1;http://192.168.1.1:8080")]
    public void Address_that_others_reach_needs_a_key_or_a_written_word(string urls)
    {
        var json = ConfigFile.With($"\"server\": {{ \"urls\": \"{urls}\" }}");
        Assert.Contains("`gateway keys new` makes one), or write client.allow_anonymous: true", Assert.Single(ConfigFile.Refused(json)));
        Assert.StartsWith(
            "ASPNETCORE_URLS: ", Assert.Single(ConfigFile.Refused("""{ "providers": { "local": {} } }""", ("ASPNETCORE_URLS", urls))));
        Assert.False(ConfigFile.Read(json, ("GATEWAY_CLIENT_KEY", Value)).Access.IsOpen);
        Assert.True(ConfigFile.Read(
            ConfigFile.With($"\"client\": {{ \"allow_anonymous\": true }}, \"server\": {{ \"urls\": \"{urls}\" }}")).Access.IsOpen);
    }

    private static string With(string governance) => ConfigFile.With($"\"governance\": {{ {governance} }}");
}
