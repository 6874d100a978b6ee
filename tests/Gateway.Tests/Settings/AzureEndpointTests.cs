using Xunit;

namespace Gateway.Tests.Settings;

/// <summary>The address of an Azure resource, as the portal and samples show it.</summary>
public sealed class AzureEndpointTests
{
    [Theory]
    [InlineData("https://x.openai.azure.com")]
    [InlineData("https://x.openai.azure.com/")]
    [InlineData("https://x.openai.azure.com/openai")]
    [InlineData("https://x.openai.azure.com/openai/")]
    [InlineData("https://x.openai.azure.com/openai/v1")]
    [InlineData("https://x.openai.azure.com/openai/v1/")]
    public void Endings_that_the_gateway_appends_itself_are_no_part_of_an_azure_endpoint(string endpoint)
    {
        var json = $$"""{ "providers": { "azure": { "keys": [ { "value": "env.K", "azure_key_config": { "endpoint": "{{endpoint}}" } } ] } } }""";
        Assert.Equal("https://x.openai.azure.com", ConfigFile.Read(json, ("K", "key")).Providers["azure"].Accounts[0].Prefix);
    }
}
