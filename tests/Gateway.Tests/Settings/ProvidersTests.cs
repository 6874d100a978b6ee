using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Xunit;

namespace Gateway.Tests.Settings;

public sealed class ProvidersTests
{
    public ProvidersTests() => TestDialect.Register();

    [Fact]
    public void A_file_with_nothing_but_a_provider_gets_every_default()
    {
        using var file = new ConfigFile("""{ "providers": { "local": {}, "openai": { "keys": [ { "value": "env.K" } ] } } }""");
        file.Environment["K"] = "k";
        var settings = file.Read();
        Assert.Equal(file.Path, settings.SourcePath);
        Assert.Equal(["http://127.0.0.1:8080"], settings.Server.Urls);
        Assert.Equal(["http://127.0.0.1:8081"], settings.Server.AdminUrls);
        Assert.Equal(TimeSpan.FromSeconds(60), settings.Server.DrainTimeout);
        Assert.Equal((100L << 20, 512L << 20), (settings.Client.MaxRequestBodyBytes, settings.Client.MaxFileBytes));
        Assert.Equal(new LoggingSettings(LogFormat.Console, Microsoft.Extensions.Logging.LogLevel.Information), settings.Logging);
        Assert.Equal((null, "openai"), (settings.DefaultProvider, settings.DropInProvider));
        Assert.Equal(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(file.Path)!, "data"), settings.DataDirectory);
        Assert.Equal((true, TimeSpan.FromSeconds(15), null), (settings.Cache.Enabled, settings.Cache.Ttl, settings.Cache.Redis));
        var provider = settings.Providers["openai"];
        Assert.Equal(new NetworkSettings { ExtraHeaders = provider.Network.ExtraHeaders }, provider.Network);
        Assert.Null(provider.AllowedOperations);
        var account = Assert.Single(provider.Accounts);
        Assert.Equal(("key-1", "key-1", 1d, new Uri("https://api.openai.com")), (account.Name, account.Id, account.Weight, account.BaseAddress));
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void Every_member_of_a_provider_that_is_written_is_read()
    {
        var settings = ConfigFile.Read("""
            {
              "server": { "urls": "http://*:80;http://unix:/run/gateway.sock", "admin_urls": "http://localhost:0", "drain_timeout_seconds": 5,
                          "drain_delay_seconds": 300, "allowed_hosts": [ "*.gateway.example" ] },
              "client": { "allow_anonymous": true, "max_request_body_size_mb": 1, "max_file_size_mb": 102400, "max_buffered_bodies_mb": 2,
                          "max_upload_duration_seconds": 60,
                          "min_upload_bytes_per_second": 500, "allowed_origins": [ "https://*.app.example" ],
                          "allow_per_request_raw_override": true, "header_filter_config": { "allowlist": [ "X-A*" ], "denylist": [ "X-Abc" ] } },
              "logging": { "format": "json", "level": "warning" },
              "default_provider": "mine", "drop_in_provider": "mine", "data_directory": "/var/lib/gateway",
              "providers": { "mine": {
                "keys": [ { "id": "id-1", "name": "one", "value": "env.K", "weight": 0.5, "network_config": { "base_url": "https://one.test" } },
                          { "name": "two", "value": "env.K", "enabled": true },
                          { "name": "off", "value": "env.UNSET", "enabled": false } ],
                "network_config": { "base_url": "https://mine.test/v1", "extra_headers": { "X-H": "v" }, "default_request_timeout_in_seconds": 1,
                                    "stream_idle_timeout_in_seconds": 2, "connect_timeout_in_seconds": 3, "max_retries": 10,
                                    "retry_backoff_initial": "1.5s", "retry_backoff_max_ms": 60000, "max_conns_per_host": 10000 },
                "proxy_config": { "type": "socks5", "url": "socks5://127.0.0.1:1080" },
                "custom_provider_config": { "base_provider_type": "openai",
                                            "allowed_requests": { "container_list": true, "container_create": false, "chat_completion": true } },
                "send_back_raw_request": true, "send_back_raw_response": true } },
              "cache": { "enabled": false, "ttl_seconds": 86400, "redis_timeout_ms": 5000 }
            }
            """, ("K", "k"));
        Assert.Equal(["http://*:80", "http://unix:/run/gateway.sock"], settings.Server.Urls);
        Assert.Equal(TimeSpan.FromMinutes(5), settings.Server.DrainDelay);
        Assert.Equal(["*.gateway.example"], settings.Server.AllowedHosts);
        Assert.Equal((1L << 20, 100L << 30), (settings.Client.MaxRequestBodyBytes, settings.Client.MaxFileBytes));
        Assert.Equal((2L << 20, TimeSpan.FromMinutes(1), 500), (
            settings.Client.MaxBufferedBytes, settings.Client.MaxUploadDuration, settings.Client.MinUploadRate));
        Assert.Equal(["x-a*"], settings.Client.HeaderAllowList);
        Assert.Equal(["x-abc"], settings.Client.HeaderDenyList);
        Assert.Equal(["https://*.app.example"], settings.Client.AllowedOrigins);
        Assert.True(settings.Client.AllowPerRequestRawOverride);
        Assert.Equal(new LoggingSettings(LogFormat.Json, Microsoft.Extensions.Logging.LogLevel.Warning), settings.Logging);
        Assert.Equal(("mine", "mine", "/var/lib/gateway"), (settings.DefaultProvider, settings.DropInProvider, settings.DataDirectory));
        Assert.Equal(
            (false, TimeSpan.FromDays(1), TimeSpan.FromSeconds(5)), (settings.Cache.Enabled, settings.Cache.Ttl, settings.Cache.RedisTimeout));
        var mine = settings.Providers["mine"];
        Assert.Equal("openai", mine.Dialect.Name);
        Assert.Equal([("id-1", "one", 0.5, "https://one.test/"), ("two", "two", 1, "https://mine.test/")],
            mine.Accounts.Select(account => (account.Id, account.Name, account.Weight, account.BaseAddress.AbsoluteUri)));
        Assert.Equal([Operation.ContainerList], mine.AllowedOperations!);
        Assert.True(mine is { SendBackRawRequest: true, SendBackRawResponse: true });
        var network = mine.Network;
        Assert.Equal((1, 2, 3), (network.RequestTimeout.Seconds, network.StreamIdleTimeout.Seconds, network.ConnectTimeout.Seconds));
        Assert.Equal((10, 1500, 60_000, 10_000),
            (network.MaxRetries, network.BackoffInitial.TotalMilliseconds, network.BackoffMax.TotalMilliseconds, network.MaxConnectionsPerHost));
        Assert.Equal(new Uri("socks5://127.0.0.1:1080"), network.Proxy);
        Assert.Empty(settings.Warnings);
    }

    [Fact]
    public void A_key_less_provider_has_one_account_without_a_secret()
    {
        var settings = ConfigFile.Read("""
            { "providers": { "lab": { "network_config": { "base_url": "http://lab:1" },
                                      "custom_provider_config": { "base_provider_type": "openai", "is_key_less": true } } } }
            """);
        var account = Assert.Single(settings.Providers["lab"].Accounts);
        Assert.Equal(("default", "default", true), (account.Name, account.Id, account.Secret.IsEmpty));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"network_config\": { \"max_retries\": 1 }, ")]
    public void A_custom_provider_never_sends_its_key_to_the_address_of_its_dialect(string members)
    {
        const string Custom = "\"custom_provider_config\": { \"base_provider_type\": \"openai\" }";
        var refused = ConfigFile.Refused($$"""{ "providers": { "lab": { {{members}}"keys": [ { "value": "k" } ], {{Custom}} } } }""");
        Assert.EndsWith("$.providers.lab.network_config.base_url: is required: a custom provider has no address of its own", Assert.Single(refused));
    }

    [Fact]
    public void A_known_provider_without_containers_is_left_out_with_a_warning()
    {
        var settings = ConfigFile.Read(ConfigFile.With("\"default_provider\": \"cohere\"").Replace(
            "\"local\": {}", "\"local\": {}, \"cohere\": { \"keys\": [ { \"value\": \"env.COHERE\" } ] }", StringComparison.Ordinal));
        Assert.Equal(["local"], settings.Providers.Keys);
        Assert.EndsWith("$.providers.cohere: has no containers API; calls answer unsupported_operation", Assert.Single(settings.Warnings));
    }

    [Theory]
    [InlineData("\"keys\": []", "no key is configured")]
    [InlineData("\"keys\": [ { \"value\": \"env.K\", \"enabled\": false } ]", "every key is disabled")]
    public void A_provider_without_a_key_to_use_is_unavailable(string members, string reason) =>
        Assert.Equal(reason, ConfigFile.Read(ConfigFile.OpenAI(members)).Providers["openai"].Unavailable);

    [Fact]
    public void A_dialect_reads_its_own_sections()
    {
        var settings = ConfigFile.Read("""
            { "providers": { "testbox": { "testbox_config": { "size": 9 },
                                          "keys": [ { "value": "env.K", "testbox_key_config": { "endpoint": "https://end.test" } } ] } } }
            """, ("K", "k"));
        var provider = settings.Providers["testbox"];
        Assert.Equal(new TestSection { Size = 9 }, provider.Options);
        Assert.Equal(new Uri("https://end.test"), provider.Accounts[0].BaseAddress);
        Assert.Equal([new("from", "testbox")], provider.Accounts[0].Query);
    }

    [Theory]
    [InlineData("testbox", "\"testbox_config\": { \"sice\": 9 }", "$.providers.testbox.testbox_config.sice: unknown member")]
    [InlineData("testbox", "\"testbox_config\": { \"size\": \"9\" }", "$.providers.testbox.testbox_config.size: has the wrong type")]
    [InlineData("testbox", "\"testbox_config\": 9", "$.providers.testbox.testbox_config: must be an object")]
    [InlineData("local", "\"local_config\": { \"max_containers\": 0 }", "$.providers.local.local_config.max_containers: must be 1 or more, but is 0")]
    [InlineData("local", "\"testbox_config\": {}", "$.providers.local.testbox_config: belongs to testbox; this provider speaks local")]
    [InlineData(
        "openai", "\"keys\": [ { \"value\": \"env.K\", \"azure_key_config\": {} } ]",
        "$.providers.openai.keys[0].azure_key_config: belongs to azure; this provider speaks openai")]
    [InlineData(
        "azure", "\"keys\": [ { \"value\": \"env.K\", \"azure_key_config\": { \"endpiont\": \"x\" } } ]",
        "$.providers.azure.keys[0].azure_key_config.endpiont: unknown member")]
    [InlineData(
        "azure", "\"keys\": [ { \"value\": \"env.K\" } ]",
        "$.providers.azure.keys[0].azure_key_config.endpoint: is required: the address of the Azure OpenAI resource")]
    [InlineData(
        "azure", "\"keys\": [ { \"value\": \"env.K\", \"azure_key_config\": { \"endpoint\": \"https://a.test/?x=1\" } } ]",
        "$.providers.azure.keys[0]: leads to an address that must not contain a query or fragment")]
    public void A_section_that_cannot_be_used_is_refused_with_its_path(string name, string members, string expected)
    {
        var problem = Assert.Single(ConfigFile.Refused($$"""{ "providers": { "{{name}}": { {{members}} } } }""", ("K", "k")));
        Assert.EndsWith(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_of_an_upstream_on_a_provider_that_has_none_are_reported()
    {
        var settings = ConfigFile.Read("""{ "providers": { "local": { "keys": [ { "value": "env.K" } ], "network_config": {} } } }""");
        Assert.Equal(
            2, settings.Warnings.Count(warning => warning.EndsWith("has no effect: nothing of local leaves the gateway", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_certificate_to_trust_is_read_from_a_file_and_trusting_anything_is_warned_about()
    {
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        using var file = new ConfigFile("");
        var pem = certificate.ExportCertificatePem();
        var path = file.Beside("ca.pem", pem + "\n");
        File.WriteAllText(file.Path, ConfigFile.OpenAI($$"""
            "network_config": { "ca_cert_pem": "file:{{path}}", "insecure_skip_verify": true }
            """));
        var settings = file.Read();
        Assert.Equal((pem, true), (settings.Providers["openai"].Network.CaCertificatePem, settings.Providers["openai"].Network.InsecureSkipVerify));
        Assert.Contains(
            settings.Warnings,
            warning => warning.Contains("insecure_skip_verify: the upstream's certificate is not verified", StringComparison.Ordinal));
    }

    [Fact]
    public void The_first_wait_raises_an_upper_bound_that_is_not_written() =>
        Assert.Equal(TimeSpan.FromSeconds(9), ConfigFile.Read(ConfigFile.OpenAI("""
            "keys": [ { "value": "env.K" } ], "network_config": { "retry_backoff_initial_ms": 9000 }
            """)).Providers["openai"].Network.BackoffMax);

    [Fact]
    public void The_revision_changes_with_the_file_and_with_every_secret_and_with_nothing_else()
    {
        var json = ConfigFile.OpenAI("\"keys\": [ { \"value\": \"env.A\" }, { \"value\": \"env.B\" } ]");
        var revision = ConfigFile.Read(json, ("A", "1"), ("B", "2")).Revision;
        Assert.Matches("^[0-9a-f]{16}$", revision);
        Assert.Equal(revision, ConfigFile.Read(json, ("A", "1"), ("B", "2"), ("C", "3")).Revision);
        string[] others =
        [
            ConfigFile.Read(json, ("A", "1"), ("B", "3")).Revision,
            ConfigFile.Read(json, ("A", "2"), ("B", "1")).Revision,
            ConfigFile.Read(json, ("A", "1")).Revision,
            ConfigFile.Read(json + " ", ("A", "1"), ("B", "2")).Revision,
            ConfigFile.Read(json, ("A", "1"), ("B", "2"), ("ASPNETCORE_URLS", "http://127.0.0.1:80")).Revision,
        ];
        Assert.Equal(5, others.Append(revision).Distinct().Count() - 1);
    }
}
