using Gateway.Accounts;
using Gateway.Settings;
using Gateway.Tests.Settings;
using Xunit;

namespace Gateway.Tests.Accounts;

public sealed class PinTests
{
    private static readonly GatewaySettings s_settings = ConfigFile.Read(
        """
        { "providers": { "local": {}, "openai": { "keys": [
            { "id": "id-1", "name": "one", "value": "sk-0123456789" }, { "name": "two", "value": "sk-9876543210" }] } } }
        """);

    [Theory]
    [InlineData(true, "id-1", "one")]
    [InlineData(false, "one", "one")]
    [InlineData(true, "two", "two")]
    [InlineData(true, "one", null)]
    [InlineData(false, "id-1", null)]
    [InlineData(false, "ONE", null)]
    public void Pin_means_the_account_of_exactly_that_id_or_name(bool isId, string value, string? name)
    {
        var account = new Pin("x-bf-api-key", isId, value).Of(s_settings.Providers["openai"], out var error);
        Assert.Equal((name, name is null ? "key_not_found" : null), (account?.Name, error?.Code));
        Assert.Equal(name is null ? "x-bf-api-key" : null, error?.Param);
    }

    [Fact]
    public void Pin_means_nothing_to_a_provider_without_accounts()
    {
        Assert.Null(new Pin("x-bf-api-key", IsId: false, "any").Of(s_settings.Providers["local"], out var error));
        Assert.Null(error);
    }
}
