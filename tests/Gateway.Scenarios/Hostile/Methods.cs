using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>Methods an address does not answer are refused with the ones it does.</summary>
public sealed class Methods(World world) : IClassFixture<World>
{
    [Theory]
    [InlineData("PUT", "/v1/containers", "GET, POST")]
    [InlineData("PATCH", "/v1/containers/c", "DELETE, GET")]
    [InlineData("POST", "/v1/containers/c", "DELETE, GET")]
    [InlineData("DELETE", "/v1/containers", "GET, POST")]
    [InlineData("TRACE", "/v1/containers", "GET, POST")]
    [InlineData("OPTIONS", "/v1/containers", "GET, POST")]
    [InlineData("BREW", "/v1/containers", "GET, POST")]
    [InlineData("POST", "/openai/v1/containers/c/files/f/content", "GET")]
    [InlineData("PUT", "/openai/containers/c/files", "GET, POST")]
    public async Task That_are_wrong_get_405_and_allow(string method, string target, string allow)
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            var answer = await RawClient.AskAsync(world.Gateway, $"{method} {target} HTTP/1.1\nHost: gateway\nContent-Length: 0\n\n");
            Refusal.Of(answer, 405, "method_not_allowed");
            Assert.Equal(allow, string.Join(", ", answer.Headers["Allow"].Split(", ").Order(StringComparer.Ordinal)));
        });
        Assert.Empty(seen);
    }

    [Fact]
    public async Task Head_is_answered_without_a_body_and_the_connection_goes_on()
    {
        await using var client = await RawClient.ConnectAsync(world.Gateway);
        await client.SendAsync("HEAD /v1/containers HTTP/1.1\r\nHost: gateway\r\n\r\n");
        var answer = await client.ReceiveAsync(head: true);
        Assert.Equal(405, answer!.Status);
        Assert.True(await client.IsUsableAsync());
    }

    /// <summary>CONNECT and asterisk targets have a form of their own that Kestrel accepts; they are no path of ours.</summary>
    [Theory]
    [InlineData("OPTIONS * HTTP/1.1\nHost: gateway\n\n")]
    [InlineData("CONNECT gateway:443 HTTP/1.1\nHost: gateway:443\n\n")]
    public async Task Without_a_path_are_refused(string request) =>
        Assert.InRange((await RawClient.AskAsync(world.Gateway, request)).Status, 400, 405);
}
