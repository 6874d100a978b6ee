using Gateway.Providers.Contract;
using Xunit;

namespace Gateway.Tests.Settings;

/// <summary>Configurations that must not be accepted.</summary>
public static class ConfigMistakes
{
    /// <summary>Documents with one mistake each, found by the schema in an editor and by the reader at the start.</summary>
    public static TheoryData<string> OfShape =>
    [
        "[]",
        "{}",
        """{ "providers": {} }""",
        """{ "providers": { "Bad Name": {} } }""",
        ConfigFile.With("\"unknown\": 1"),
        ConfigFile.With("\"server\": { \"port\": 1 }"),
        ConfigFile.With("\"server\": { \"urls\": \"\" }"),
        ConfigFile.With("\"server\": { \"http2_urls\": \"\" }"),
        ConfigFile.With("\"server\": { \"urls\": \"https://+:1\", \"tls\": { \"certificate\": \"\" } }"),
        ConfigFile.With("\"server\": { \"urls\": \"https://+:1\", \"tls\": { \"key\": \"/a\" } }"),
        ConfigFile.With("\"server\": { \"urls\": \"https://+:1\", \"tls\": { \"certificate\": \"/a\", \"password\": \"p\" } }"),
        ConfigFile.With("\"server\": { \"drain_timeout_seconds\": 0 }"),
        ConfigFile.With("\"server\": { \"drain_timeout_seconds\": 3601 }"),
        ConfigFile.With("\"client\": { \"max_request_body_size_mb\": 0 }"),
        ConfigFile.With("\"client\": { \"max_file_size_mb\": 102401 }"),
        ConfigFile.With("\"client\": { \"max_file_size_mb\": \"1\" }"),
        ConfigFile.With("\"client\": { \"max_buffered_bodies_mb\": 0 }"),
        ConfigFile.With("\"client\": { \"max_upload_duration_seconds\": 86401 }"),
        ConfigFile.With("\"client\": { \"min_upload_bytes_per_second\": 0 }"),
        ConfigFile.With("\"client\": { \"allowed_origins\": [ \"app.example\" ] }"),
        ConfigFile.With("\"client\": { \"allowed_origins\": [ \"https://app.example/path\" ] }"),
        ConfigFile.With("\"client\": { \"header_filter_config\": { \"allowlist\": [ \"a*b\" ] } }"),
        ConfigFile.With("\"client\": { \"header_filter_config\": { \"denylist\": [ \"a b\" ] } }"),
        ConfigFile.With("\"client\": { \"header_filter_config\": { \"blocklist\": [] } }"),
        ConfigFile.With("\"logging\": { \"format\": \"xml\" }"),
        ConfigFile.With("\"logging\": { \"level\": \"Warning\" }"),
        ConfigFile.With("\"telemetry\": { \"trace_sampling_ratio\": 1.5 }"),
        ConfigFile.With("\"telemetry\": { \"trace_sampling_ratio\": -0.1 }"),
        ConfigFile.With("\"telemetry\": { \"bifrost_metrics\": \"yes\" }"),
        ConfigFile.With("\"telemetry\": { \"enabled\": true }"),
        ConfigFile.With("\"data_directory\": \"\""),
        ConfigFile.With("\"default_provider\": null"),
        ConfigFile.With("\"cache\": { \"ttl_seconds\": 0 }"),
        ConfigFile.With("\"cache\": { \"ttl_seconds\": 86401 }"),
        ConfigFile.With("\"cache\": { \"file_list_ttl_seconds\": 0 }"),
        ConfigFile.With("\"cache\": { \"file_list_ttl_seconds\": 61 }"),
        ConfigFile.With("\"cache\": { \"redis_timeout_ms\": 9 }"),
        ConfigFile.With("\"cache\": { \"redis_timeout_ms\": 5001 }"),
        ConfigFile.With("\"cache\": { \"redis\": \"\" }"),
        ConfigFile.With("\"server\": { \"admin_token\": \"\" }"),
        ConfigFile.With("\"client\": { \"allow_direct_keys\": true }"),
        ConfigFile.With("\"client\": { \"required_headers\": [ \"a b\" ] }"),
        ConfigFile.With("\"client\": { \"whitelisted_routes\": [ \"docs\" ] }"),
        ConfigFile.With("\"governance\": { \"virtual_keys\": [ { \"name\": \"a\" } ] }"),
        ConfigFile.With("\"governance\": { \"virtual_keys\": [ { \"value\": \"env.K\" } ] }"),
        ConfigFile.With("\"governance\": { \"virtual_keys\": [ { \"name\": \"a\", \"value\": \"env.K\", \"expires_at\": \"soon\" } ] }"),
        ConfigFile.With("\"governance\": { \"teams\": [ { \"id\": \"a\", \"containers\": \"none\" } ] }"),
        ConfigFile.With("\"governance\": { \"teams\": [ { \"id\": \"a\", \"limits\": { \"max_containers\": 0 } } ] }"),
        ConfigFile.With("\"governance\": { \"teams\": [ { \"id\": \"a\", \"limits\": { \"max_expires_after_minutes\": 43201 } } ] }"),
        ConfigFile.With("\"governance\": { \"rate_limits\": [ { \"id\": \"a\", \"request_max_limit\": 0, \"request_reset_duration\": \"1h\" } ] }"),
        """{ "providers": { "local": { "local_config": { "max_total_size_mb": 0 } } } }""",
        """{ "providers": { "local": { "local_config": { "max_files": 1 } } } }""",
        ConfigFile.OpenAI("\"keys\": [ { \"value\": \"\" } ]"),
        ConfigFile.OpenAI("\"keys\": [ { \"value\": \"env.K\", \"weight\": -1 } ]"),
        ConfigFile.OpenAI("\"keys\": [ { \"value\": \"env.K\", \"name\": \"\" } ]"),
        ConfigFile.OpenAI("\"keys\": [ { \"value\": \"env.K\", \"network_config\": { \"max_retries\": 1 } } ]"),
        ConfigFile.OpenAI("\"network_config\": { \"base_url\": \"api.openai.com\" }"),
        ConfigFile.OpenAI("\"network_config\": { \"base_url\": \"https://u:p@api.openai.com\" }"),
        ConfigFile.OpenAI("\"network_config\": { \"base_url\": \"https://api.openai.com?x=1\" }"),
        ConfigFile.OpenAI("\"network_config\": { \"base_url\": \"https://api.openai.com#x\" }"),
        ConfigFile.OpenAI("\"network_config\": { \"default_request_timeout_in_seconds\": 0 }"),
        ConfigFile.OpenAI("\"network_config\": { \"default_request_timeout_in_seconds\": 3601 }"),
        ConfigFile.OpenAI("\"network_config\": { \"stream_idle_timeout_in_seconds\": 0 }"),
        ConfigFile.OpenAI("\"network_config\": { \"connect_timeout_in_seconds\": 3601 }"),
        ConfigFile.OpenAI("\"network_config\": { \"max_retries\": 11 }"),
        ConfigFile.OpenAI("\"network_config\": { \"max_retries\": -1 }"),
        ConfigFile.OpenAI("\"network_config\": { \"retry_backoff_initial\": 0 }"),
        ConfigFile.OpenAI("\"network_config\": { \"retry_backoff_max\": 60001 }"),
        ConfigFile.OpenAI("\"network_config\": { \"retry_backoff_max_ms\": \"5 s\" }"),
        ConfigFile.OpenAI("\"network_config\": { \"max_conns_per_host\": 10001 }"),
        ConfigFile.OpenAI("\"network_config\": { \"extra_headers\": { \"X-A\": 1 } }"),
        ConfigFile.OpenAI("\"network_config\": { \"extra_headers\": { \"X-A\": \"\" } }"),
        ConfigFile.OpenAI("\"proxy_config\": { \"url\": \"http://proxy:1\" }"),
        ConfigFile.OpenAI("\"proxy_config\": { \"type\": \"ftp\" }"),
        Custom("\"is_key_less\": true"),
        Custom("\"base_provider_type\": \"openai\", \"request_path_overrides\": { \"container_list\": \"/x\" }"),
        Custom("\"base_provider_type\": \"openai\", \"allowed_requests\": { \"container_lst\": true }"),
        Custom("\"base_provider_type\": \"openai\", \"allowed_requests\": { \"container_list\": 1 }"),
    ];

    /// <summary>Mistakes that only the reader can see: they lie between members, or in the world.</summary>
    public static TheoryData<string, string> OfMeaning => new()
    {
        { ConfigFile.With("\"default_provider\": \"locl\""), "$.default_provider: names no configured provider; did you mean \"local\"?" },
        { ConfigFile.With("\"drop_in_provider\": \"openai\""), "$.drop_in_provider: names no configured provider" },
        { """{ "providers": { "opanai": {} } }""", "base_provider_type; did you mean \"openai\"?" },
        { Custom("\"base_provider_type\": \"opnai\""), $"base_provider_type: must be {Customizable}; did you mean \"openai\"?" },
        { Custom("\"base_provider_type\": \"local\""), $"base_provider_type: must be {Customizable}" },
        { Custom("\"base_provider_type\": \"openai\", \"is_key_less\": true"),
          "base_url: is required: a key-less provider has no address of its own" },
        {
            ConfigFile.OpenAI("\"custom_provider_config\": { \"base_provider_type\": \"openai\" }"),
            "custom_provider_config: \"openai\" is a built-in provider; give the custom one another name"
        },
        { ConfigFile.OpenAI("\"keys\": [ {} ]"), "keys[0].value: is required: env.NAME or file:/path" },
        { ConfigFile.OpenAI("\"keys\": [ { \"value\": \"env.K\", \"weight\": 1e999 } ]"), "keys[0].weight: must be a finite number of 0 or more" },
        { ConfigFile.OpenAI("\"keys\": [ { \"value\": \"env.K\", \"name\": \"\\u00e9\" } ]"),
          "keys[0].name: must be 1 to 128 printable ASCII characters, without spaces around them" },
        {
            ConfigFile.OpenAI("\"keys\": [ { \"value\": \"env.K\", \"name\": \"a\" }, { \"value\": \"env.K\", \"name\": \"A\", \"id\": \"b\" } ]"),
            "keys[1].name: \"A\" is already taken by another key of this provider"
        },
        {
            ConfigFile.OpenAI("\"keys\": [ { \"value\": \"env.K\" }, { \"value\": \"env.K\", \"id\": \"key-1\" } ]"),
            "keys[1].id: \"key-1\" is already taken by another key of this provider"
        },
        {
            ConfigFile.OpenAI("\"network_config\": { \"retry_backoff_max\": 1, \"retry_backoff_max_ms\": 1 }"),
            "retry_backoff_max_ms: says the same as retry_backoff_max; give only one of the two"
        },
        {
            ConfigFile.OpenAI("\"network_config\": { \"retry_backoff_initial\": \"2s\", \"retry_backoff_max\": 1999 }"),
            "retry_backoff_max: must not be below the first wait of 2000 milliseconds"
        },
        { ConfigFile.OpenAI("\"network_config\": { \"retry_backoff_initial\": \"61s\" }"),
          "retry_backoff_initial: must be 1 to 60000 milliseconds, but is 61000" },
        { ConfigFile.OpenAI("\"network_config\": { \"extra_headers\": { \"a b\": \"x\" } }"), "extra_headers['a b']: is not the name of a header" },
        { ConfigFile.OpenAI("\"network_config\": { \"extra_headers\": { \"Host\": \"x\" } }"),
          "Host: belongs to the connection, which the gateway manages" },
        { ConfigFile.OpenAI("\"network_config\": { \"extra_headers\": { \"X-A\": \"a\\r\\nb\" } }"),
          "X-A: the text must not contain control characters" },
        { ConfigFile.OpenAI("\"network_config\": { \"extra_headers\": { \"X-A\": \"a\", \"x-a\": \"b\" } }"),
          "x-a: is given twice; names of headers do not differ by case" },
        { ConfigFile.OpenAI("\"network_config\": { \"ca_cert_pem\": \"no\" }"),
          "ca_cert_pem: must hold at least one certificate in PEM, from BEGIN CERTIFICATE to END CERTIFICATE" },
        { ConfigFile.OpenAI("\"proxy_config\": { \"type\": \"http\" }"), "proxy_config.url: is required" },
        { ConfigFile.OpenAI("\"proxy_config\": { \"type\": \"http\", \"url\": \"socks5://x:1\" }"),
          "proxy_config.url: must be an absolute http or https URL" },
        { ConfigFile.OpenAI("\"proxy_config\": { \"type\": \"socks5\", \"url\": \"http://x:1\" }"), "proxy_config.url: must be a socks5:// URL" },
        { ConfigFile.OpenAI("\"proxy_config\": { \"type\": \"http\", \"url\": \"http://x:1\", \"password\": \"env.P\" }"),
          "proxy_config.username: is required when there is a password" },
        { ConfigFile.With("\"governance\": { \"teams\": [ { \"id\": \"t\", \"limits\": { \"max_containers\": 5 } } ] }"),
          "limits.max_containers: is not enforced by this version, so that it cannot be given" },
        { ConfigFile.With("\"governance\": { \"teams\": [ { \"id\": \"t\", \"limits\": { \"max_total_size_mb\": 5 } } ] }"),
          "limits.max_total_size_mb: is not enforced by this version, so that it cannot be given" },
        { Jwt("\"limits\": { \"max_concurrent_calls\": 5 }"),
          "jwt.limits.max_concurrent_calls: is counted for keys and teams alone, so that it cannot be given" },
        { Jwt("\"provider_configs\": [ { \"provider\": \"local\", \"rate_limit_id\": \"r\" } ]", "\"rate_limits\": [ { \"id\": \"r\" } ]"),
          "jwt.provider_configs[0].rate_limit_id: is counted for keys alone, so that it cannot be given" },
    };

    private static string Customizable =>
        string.Join(" or ", ProviderCatalog.All.Where(dialect => dialect.CanBeCustomized).Select(dialect => dialect.Name));

    private static string Custom(string members) => $$"""{ "providers": { "lab": { "custom_provider_config": { {{members}} } } } }""";

    private static string Jwt(string members, string governance = "") => ConfigFile.With(
        $$"""
        "governance": { {{governance}} },
        "client": { "jwt": { "authority": "https://id.example", "audience": "gateway", {{members}} } }
        """);
}
