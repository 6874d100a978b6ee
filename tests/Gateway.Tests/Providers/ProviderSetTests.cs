using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Tests.Settings;
using Xunit;

namespace Gateway.Tests.Providers;

public sealed class ProviderSetTests
{
    private static readonly GatewaySettings s_settings = ConfigFile.Read(
        """
        { "providers": {
            "local": {},
            "openai": { "keys": [{ "name": "k", "value": "env.NOT_SET" }] },
            "mute": { "custom_provider_config": { "base_provider_type": "openai", "allowed_requests": { "container_create": true } },
                      "network_config": { "base_url": "http://mute.test" }, "keys": [{ "name": "k", "value": "sk-0123456789" }] },
            "box": { "custom_provider_config": { "base_provider_type": "openai" },
                     "network_config": { "base_url": "http://box.test" }, "keys": [{ "name": "k", "value": "sk-0123456789" }] } } }
        """);

    [Theory]
    [InlineData("*", true)]
    [InlineData("local,box", true)]
    [InlineData("local,", true)]
    [InlineData("local", false)]
    public void Star_and_commas_name_several_providers(string name, bool several) => Assert.Equal(several, ProviderSet.IsSeveral(name));

    [Theory]
    [InlineData("*", "box openai local", null)]
    [InlineData("box, local,,box", "box local", null)]
    [InlineData("openai", "openai", null)]
    [InlineData("box,nobody", "box", "provider_not_found")]
    [InlineData("box,mute", "box mute", "unsupported_operation")]
    [InlineData(" , ", "", "invalid_value")]
    [InlineData("", "", "invalid_value")]
    public void Named_providers_are_resolved_once_each_and_a_wrong_name_is_told(string name, string expected, string? code)
    {
        var providers = ProviderSet.Resolve(name, s_settings, out var error);
        Assert.Equal(expected.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(), providers.Select(provider => provider.Name).Order());
        Assert.Equal(code, error?.Code);
    }

    [Fact]
    public void All_providers_are_listed_by_name() =>
        Assert.Equal(["box", "local", "openai"], ProviderSet.Resolve("*", s_settings, out _).Select(provider => provider.Name));

    [Fact]
    public void More_than_32_names_are_refused()
    {
        Assert.Empty(ProviderSet.Resolve(string.Join(',', Enumerable.Range(0, 33)), s_settings, out var error));
        Assert.Equal("invalid_value", error!.Code);
    }

    [Theory]
    [InlineData("openai", 503, "provider_unavailable")]
    [InlineData("mute", 400, "unsupported_operation")]
    [InlineData("nobody", 400, "provider_not_found")]
    public void Provider_that_cannot_serve_an_operation_is_refused_with_the_reason(string name, int status, string code)
    {
        var error = ProviderSet.Refusal(name, Operation.ContainerList, s_settings, out _);
        Assert.Equal((status, code), (error!.Status, error.Code));
    }
}
