using System.Text.Json;
using Xunit;

namespace Gateway.Tests.Settings;

public sealed class SecretsTests
{
    private const string Secret = "sk-very-secret-0123456789";

    [Fact]
    public void A_secret_comes_from_the_environment()
    {
        var settings = ConfigFile.Read(Key("env.OPENAI_API_KEY"), ("OPENAI_API_KEY", Secret));
        Assert.Equal(Secret, settings.Providers["openai"].Accounts.Single().Secret.Reveal());
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void A_secret_comes_from_a_file_without_its_trailing_newline()
    {
        using var file = new ConfigFile("");
        var path = file.Beside("openai.key", Secret + "\r\n");
        File.WriteAllText(file.Path, Key($"file:{path}"));
        Assert.Equal(Secret, file.Read().Providers["openai"].Accounts.Single().Secret.Reveal());
    }

    [Fact]
    public void A_literal_secret_is_accepted_with_a_warning()
    {
        var settings = ConfigFile.Read(Key(Secret));
        Assert.Equal(Secret, settings.Providers["openai"].Accounts.Single().Secret.Reveal());
        Assert.StartsWith("gateway.json:1:42 $.providers.openai.keys[0].value: the secret is written in the file", Assert.Single(settings.Warnings));
    }

    [Theory]
    [InlineData(null, "the environment variable OPENAI_API_KEY is not set")]
    [InlineData("", "the environment variable OPENAI_API_KEY is empty")]
    public void A_provider_whose_only_secret_is_unset_is_unavailable_and_says_why(string? value, string reason)
    {
        var settings = ConfigFile.Read(Key("env.OPENAI_API_KEY"), value is null ? [] : [("OPENAI_API_KEY", value)]);
        Assert.Empty(settings.Providers["openai"].Accounts);
        Assert.Equal(reason, settings.Providers["openai"].Unavailable);
        Assert.Contains(reason, Assert.Single(settings.Warnings));
    }

    [Fact]
    public void A_key_whose_secret_is_unset_is_left_out_and_the_others_serve()
    {
        var settings = ConfigFile.Read(ConfigFile.OpenAI("""
            "keys": [ { "value": "env.ONE" }, { "value": "env.TWO" } ]
            """), ("TWO", Secret));
        Assert.Equal("key-2", settings.Providers["openai"].Accounts.Single().Name);
        Assert.Null(settings.Providers["openai"].Unavailable);
    }

    [Fact]
    public void An_unreadable_secret_file_is_named_without_its_folder()
    {
        using var file = new ConfigFile("");
        var folder = System.IO.Path.GetDirectoryName(file.Path)!;
        var empty = file.Beside("empty.key", "\n");
        File.WriteAllText(file.Path, ConfigFile.OpenAI($$"""
            "keys": [ { "value": "file:{{folder}}/absent.key" }, { "value": "file:{{empty}}" }, { "value": "file:{{folder}}" } ]
            """));
        var unavailable = file.Read().Providers["openai"].Unavailable!;
        Assert.StartsWith("the file absent.key does not exist; the file empty.key is empty; the file ", unavailable);
        Assert.DoesNotContain(folder, unavailable);
    }

    [Theory]
    [InlineData("", "must not be empty")]
    [InlineData("  ", "must not be empty")]
    [InlineData("env.", "env. must be followed by the name of an environment variable")]
    [InlineData("env.NOT-A-NAME", "env. must be followed by the name of an environment variable")]
    [InlineData("file:relative", "file: must be followed by an absolute path")]
    public void A_secret_that_cannot_be_one_is_refused(string value, string reason) =>
        Assert.EndsWith($"$.providers.openai.keys[0].value: {reason}", Assert.Single(ConfigFile.Refused(Key(value))));

    [Fact]
    public void A_secret_with_a_line_break_is_refused_wherever_it_comes_from_and_not_shown()
    {
        const string injected = "sk-abcdef\r\nX-Admin: yes";
        using var file = new ConfigFile("");
        var path = file.Beside("openai.key", injected);
        string[][] all =
        [
            ConfigFile.Refused(Key(injected)),
            ConfigFile.Refused(Key("env.KEY"), ("KEY", injected)),
            ConfigFile.Refused(Key($"file:{path}")),
        ];
        foreach (var problem in all.Select(Assert.Single))
        {
            Assert.EndsWith("must not contain control characters", problem);
            Assert.DoesNotContain("sk-abcdef", problem);
        }
    }

    [Fact]
    public void References_work_for_addresses_headers_proxies_redis_and_sections()
    {
        TestDialect.Register();
        const string json = """
            {
              "providers": {
                "openai": {
                  "keys": [ { "value": "env.KEY", "network_config": { "base_url": "env.KEY_URL" } } ],
                  "network_config": { "base_url": "env.URL", "extra_headers": { "X-Token": "env.HEADER" } },
                  "proxy_config": { "type": "http", "url": "env.PROXY", "username": "u", "password": "env.PASSWORD" }
                },
                "testbox": { "keys": [ { "value": "env.KEY", "testbox_key_config": { "endpoint": "env.ENDPOINT", "tags": [ "env.TAG" ] } } ] }
              },
              "cache": { "redis": "env.REDIS_URL" }
            }
            """;
        var settings = ConfigFile.Read(
            json, ("KEY", "k"), ("KEY_URL", "https://key.test"), ("URL", "https://provider.test"), ("HEADER", "token"),
            ("PROXY", "http://proxy:3128"),
            ("PASSWORD", "pw"), ("ENDPOINT", "https://end.test"), ("TAG", "t"), ("REDIS_URL", "redis:6379"));
        var network = settings.Providers["openai"].Network;
        Assert.Equal(new Uri("https://key.test"), settings.Providers["openai"].Accounts.Single().BaseAddress);
        Assert.Equal("token", network.ExtraHeaders["x-token"]);
        Assert.Equal("token", network.HeaderSecrets.Single().Reveal());
        Assert.Equal((new Uri("http://proxy:3128"), "u", "pw"), (network.Proxy, network.ProxyUser, network.ProxyPassword!.Reveal()));
        Assert.Equal(new Uri("https://end.test"), settings.Providers["testbox"].Accounts.Single().BaseAddress);
        Assert.Equal("redis:6379", settings.Cache.Redis!.Reveal());
        Assert.Empty(settings.Warnings);

        // Nothing set: nothing serves, nothing falls back to another address or goes round the proxy, and the gateway starts.
        var bare = ConfigFile.Read(json, ("KEY", "k"), ("KEY_URL", "https://key.test"));
        Assert.Contains("URL is not set", bare.Providers["openai"].Unavailable);
        Assert.Contains("PROXY is not set", bare.Providers["openai"].Unavailable);
        Assert.Contains("HEADER is not set", bare.Providers["openai"].Unavailable);
        Assert.Contains("PASSWORD is not set", bare.Providers["openai"].Unavailable);
        Assert.Empty(bare.Providers["openai"].Accounts);
        Assert.Equal(
            "the environment variable ENDPOINT is not set; the environment variable TAG is not set", bare.Providers["testbox"].Unavailable);
        Assert.Null(bare.Cache.Redis);
    }

    /// <summary>Whatever is referred to is a secret; of what is written out, what its name or its form says is one.</summary>
    [Theory]
    [InlineData("X-Note", "env.NOTE", true)]
    [InlineData("X-Gateway-Token", "literal", true)]
    [InlineData("Ocp-Apim-Subscription-Key", "literal", true)]
    [InlineData("authorization", "literal", true)]
    [InlineData("X-Note", "sk-literal", true)]
    [InlineData("OpenAI-Beta", "assistants=v2", false)]
    public void A_header_that_is_added_to_requests_is_secret_when_it_may_be_one(string name, string value, bool isSecret)
    {
        var settings = ConfigFile.Read(
            $$$"""
            { "providers": { "openai": {
              "keys": [ { "value": "env.KEY" } ], "network_config": { "extra_headers": { "{{{name}}}": "{{{value}}}" } } } } }
            """,
            ("KEY", "k"), ("NOTE", "note"));
        Assert.Equal(isSecret, settings.Providers["openai"].Network.HeaderSecrets.Length == 1);
    }

    [Fact]
    public void A_dialect_that_repeats_a_secret_in_its_complaint_is_blacked_out()
    {
        TestDialect.Register();
        var problem = Assert.Single(ConfigFile.Refused(
            """{ "providers": { "testbox": { "keys": [ { "value": "k", "testbox_key_config": { "endpoint": "env.ENDPOINT" } } ] } } }""",
            ("ENDPOINT", "https://forbidden.test")));
        Assert.EndsWith("$.providers.testbox.keys[0].testbox_key_config.endpoint: *** is forbidden", problem);
    }

    [Theory]
    [InlineData("""{ "providers": { "openai": { "keys": "SECRET" } } }""")]
    [InlineData("""{ "providers": { "openai": { "keys": [ "SECRET" ] } } }""")]
    [InlineData("""{ "providers": { "openai": { "keys": [ { "value": [ "SECRET" ] } ] } } }""")]
    [InlineData("""{ "providers": { "openai": { "keys": [ { "value": "SECRET", "value": "SECRET" } ] } } }""")]
    [InlineData("""{ "providers": { "openai": { "keys": [ { "value": "SECRET", "weight": -1 } ] } } }""")]
    [InlineData("""{ "providers": { "openai": { "keys": [ { "value": "SECRET } ] } } }""")]
    [InlineData("""{ "providers": { "openai": { "keys": [ { "value": SECRET } ] } } }""")]
    [InlineData("""{ "providers": { "openai": { "network_config": { "base_url": "https://u:SECRET@host" } } } }""")]
    [InlineData("""{ "providers": { "openai": { "network_config": { "base_url": "https://host?key=SECRET" } } } }""")]
    [InlineData("""{ "providers": { "openai": { "network_config": { "retry_backoff_max": "SECRET" } } } }""")]
    [InlineData("""{ "providers": { "openai": { "proxy_config": { "type": "SECRET" } } } }""")]
    [InlineData("""{ "providers": { "openai": { "proxy_config": { "type": "http", "url": "http://u:SECRET@host" } } } }""")]
    [InlineData("""{ "providers": { "azure": { "keys": [ { "value": "x", "azure_key_config": { "client_secret": "SECRET" } } ] } } }""")]
    [InlineData("""{ "providers": { "azure": { "keys": [ { "value": "x", "azure_key_config": { "endpoint": "SECRET" } } ] } } }""")]
    public void A_secret_is_in_no_message(string json) =>
        Assert.DoesNotContain(Secret, string.Join('\n', ConfigFile.Refused(json.Replace("SECRET", Secret, StringComparison.Ordinal))));

    [Fact]
    public void A_secret_is_in_no_print_of_the_settings()
    {
        var settings = ConfigFile.Read(
            $$"""
            {
              "providers": {
                "openai": {
                  "keys": [ { "value": "{{Secret}}" } ],
                  "network_config": { "extra_headers": { "X-Token": "env.S" } },
                  "proxy_config": { "type": "http", "url": "http://proxy:1", "username": "u", "password": "{{Secret}}" }
                }
              },
              "cache": { "redis": "redis:6379,password={{Secret}}" }
            }
            """,
            ("S", Secret));
        var provider = settings.Providers["openai"];
        object[] printed =
        [
            settings, settings.Cache, provider, provider.Network, provider.Accounts[0], provider.Accounts[0].Secret, settings.Revision,
        ];
        Assert.All(printed, part => Assert.DoesNotContain(Secret, part.ToString()!));
        Assert.Equal(3, settings.Warnings.Length);
        Assert.All(settings.Warnings, warning => Assert.DoesNotContain(Secret, warning));
    }

    private static string Key(string value) => ConfigFile.OpenAI($$"""
        "keys": [ { "value": {{JsonSerializer.Serialize(value)}} } ]
        """).Replace("\n", "", StringComparison.Ordinal);
}
