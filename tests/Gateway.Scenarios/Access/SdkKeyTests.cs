using System.ClientModel;
using Gateway.Scenarios.DropIn;
using OpenAI.Containers;
using Xunit;
using static Gateway.Scenarios.Access.AccessWorld;

namespace Gateway.Scenarios.Access;

/// <summary>Official clients raise what they document for good, wrong, expired and missing keys.</summary>
public sealed class SdkKeyTests(NodeWorkspace workspace) : IClassFixture<NodeWorkspace>
{
    private const string Expired = "sk-bf-old-0123456789abcdefghij";
    private const string Off = "sk-bf-off-0123456789abcdefghij";
    private const string None = "sk-bf-none-0123456789abcdefghij";

    private static readonly string s_keys =
        $"{Key("ann", Ann)}, {Key("old", Expired, ", \"expires_at\": \"2024-01-01T00:00:00Z\"")}, {Key("off", Off, ", \"is_active\": false")}, "
        + $"{{ \"name\": \"none\", \"value\": \"{None}\" }}";

    [Fact]
    public async Task Node_clients_raise_the_documented_classes()
    {
        await using var world = await AccessWorld.StartAsync(Local(s_keys));
        var (code, output) = await workspace.RunAsync(
            "node", ["--test", "--test-reporter=spec", "keys.mjs"],
            [new("GATEWAY_URL", world.Gateway.Url), new("GOOD", Ann), new("EXPIRED", Expired), new("OFF", Off), new("NONE", None)]);
        Assert.True(code == 0, output);
        Assert.Contains("pass 14", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Ann, 200, "")]
    [InlineData(Bob, 401, "invalid_api_key")]
    [InlineData(Expired, 401, "invalid_api_key")]
    [InlineData(Off, 403, "virtual_key_blocked")]
    [InlineData(None, 403, "provider_blocked")]
    public async Task Dotnet_client_raises_its_exception_with_the_status(string key, int status, string code)
    {
        await using var world = await AccessWorld.StartAsync(Local(s_keys));
        var client = new ContainerClient(
            new ApiKeyCredential(key), new ContainerClientOptions { Endpoint = new Uri(world.Gateway.Url + "/openai/v1") });
        if (status == 200)
        {
            ContainerResource made = await client.CreateContainerAsync(new ContainerCreationOptions("box"));
            Assert.NotEmpty(made.Id);
            return;
        }

        var error = await Assert.ThrowsAsync<ClientResultException>(() => client.CreateContainerAsync(new ContainerCreationOptions("box")));
        Assert.Equal(status, error.Status);
        Assert.Contains(code, error.GetRawResponse()!.Content.ToString(), StringComparison.Ordinal);
    }
}
