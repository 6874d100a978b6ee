using Gateway.Fakes;
using Gateway.Hosting;
using Xunit;

namespace Gateway.Scenarios.Lifecycle;

/// <summary>`gateway doctor` tells what a start would need, and fails when something is missing.</summary>
public sealed class DoctorTests
{
    [Fact]
    public async Task It_tells_reachable_from_unreachable_set_from_unset_and_shows_no_secret()
    {
        await using var upstream = await FakeOpenAI.StartAsync();
        var directory = Directory.CreateTempSubdirectory("gateway-doctor-").FullName;
        var file = System.IO.Path.Combine(directory, "gateway.json");
        await File.WriteAllTextAsync(file, $$"""
            {
              "default_provider": "openai", "data_directory": "./data",
              "providers": {
                "openai": { "keys": [ { "name": "good", "value": "env.GOOD", "weight": 1 } ], "network_config": { "base_url": "{{upstream.Url}}" } },
                "away": { "keys": [ { "name": "k", "value": "env.GOOD", "weight": 1 } ], "network_config": { "base_url": "http://127.0.0.1:1" },
                          "custom_provider_config": { "base_provider_type": "openai" } },
                "azure": { "keys": [ { "name": "eu", "value": "env.UNSET_KEY", "weight": 1, "azure_key_config": { "endpoint": "https://x.openai.azure.com" } } ] }
              },
              "cache": { "redis": "env.REDIS" }
            }
            """);
        var output = new StringWriter();
        var code = await Doctor.RunAsync(
            file, name => name switch { "GOOD" => "sk-planted-secret", "REDIS" => "redis://:planted-password@127.0.0.1:1", _ => null }, directory, output);

        var said = output.ToString();
        Assert.Equal(1, code);
        Assert.Matches("ok .*provider openai, key good.*connects in", said);
        Assert.Matches("FAIL.*provider away, key k.*not reached", said);
        Assert.Matches("FAIL.*provider azure.*UNSET_KEY", said);
        Assert.Matches("FAIL.*redis.*is not reached", said);
        Assert.Matches("ok .*data directory", said);
        Assert.DoesNotContain("planted", said, StringComparison.Ordinal);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_file_that_cannot_be_used_is_its_finding()
    {
        var output = new StringWriter();
        var code = await Doctor.RunAsync("/nowhere/gateway.json", _ => null, "/", output);
        Assert.Equal(1, code);
        Assert.Contains("FAIL  configuration", output.ToString(), StringComparison.Ordinal);
    }
}
