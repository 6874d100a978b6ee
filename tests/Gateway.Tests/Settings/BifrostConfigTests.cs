using Xunit;

namespace Gateway.Tests.Settings;

public sealed class BifrostConfigTests
{
    /// <summary>A config.json as Bifrost's documentation shows them, with sections the gateway has no use for.</summary>
    private const string Json = """
        {
          "$schema": "https://www.getbifrost.ai/schema",
          "encryption_key": "env.BIFROST_ENCRYPTION_KEY",
          "client": { "max_request_body_size_mb": 100, "allow_direct_keys": false,
                      "allowed_origins": [ "https://app.example" ], "enable_logging": true },
          "providers": {
            "openai": {
              "keys": [ { "name": "k1", "value": "env.OPENAI_KEY_1", "models": [], "weight": 1.0, "use_for_batch_api": true } ],
              "network_config": { "base_url": "https://api.openai.com", "default_request_timeout_in_seconds": 30, "max_retries": 2,
                                  "retry_backoff_initial": 500, "retry_backoff_max": 5000, "extra_headers": { "OpenAI-Project": "p" } },
              "concurrency_and_buffer_size": { "concurrency": 1000, "buffer_size": 5000 },
              "store_raw_request_response": false
            },
            "azure": {
              "keys": [ { "name": "a", "value": "env.AZURE_KEY", "models": [ "gpt-4o" ], "weight": 1.0,
                          "azure_key_config": { "endpoint": "env.AZURE_ENDPOINT", "api_version": "preview", "deployments": { "gpt-4o": "d" } } } ]
            },
            "vertex": { "keys": [ { "name": "v", "value": "", "weight": 1.0, "vertex_key_config": { "project_id": "p", "region": "r" } } ] },
            "sandbox": {
              "keys": [ { "name": "s", "value": "env.SANDBOX_KEY", "models": [], "weight": 1 } ],
              "network_config": { "base_url": "http://sandbox:8080" },
              "custom_provider_config": { "base_provider_type": "openai", "is_key_less": false,
                                          "allowed_requests": { "container_create": true, "container_list": true, "list_models": true } }
            }
          },
          "governance": { "virtual_keys": [], "budgets": [] },
          "plugins": [ { "name": "telemetry", "enabled": true } ],
          "vector_store": { "enabled": false }
        }
        """;

    [Fact]
    public void A_config_of_bifrost_works_unchanged()
    {
        var settings = ConfigFile.Read(
            Json, ("OPENAI_KEY_1", "k1"), ("AZURE_KEY", "k2"), ("AZURE_ENDPOINT", "https://eu.openai.azure.com"), ("SANDBOX_KEY", "k3"));
        Assert.Equal(["azure", "openai", "sandbox"], settings.Providers.Keys.Order(StringComparer.Ordinal));
        Assert.All(settings.Providers.Values, provider => Assert.Single(provider.Accounts));
        Assert.Equal(new Uri("https://eu.openai.azure.com"), settings.Providers["azure"].Accounts[0].BaseAddress);
        Assert.Equal([new("api-version", "preview")], settings.Providers["azure"].Accounts[0].Query);
        Assert.Equal("p", settings.Providers["openai"].Network.ExtraHeaders["OpenAI-Project"]);
    }

    [Theory]
    [InlineData("$.encryption_key")]
    [InlineData("$.client.enable_logging")]
    [InlineData("$.providers.openai.keys[0].models")]
    [InlineData("$.providers.openai.keys[0].use_for_batch_api")]
    [InlineData("$.providers.openai.concurrency_and_buffer_size")]
    [InlineData("$.providers.openai.store_raw_request_response")]
    [InlineData("$.providers.vertex.keys[0].vertex_key_config")]
    [InlineData("$.governance.budgets")]
    [InlineData("$.plugins")]
    [InlineData("$.vector_store")]
    public void A_member_without_effect_is_named_in_a_warning(string path) =>
        Assert.Single(
            ConfigFile.Read(Json, ("OPENAI_KEY_1", "k")).Warnings,
            warning => warning.EndsWith($" {path}: has no effect here", StringComparison.Ordinal));
}
