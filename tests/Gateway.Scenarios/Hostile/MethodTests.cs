using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>Methods an address does not answer are refused with the ones it does.</summary>
public sealed class MethodTests(World world) : IClassFixture<World>
{
    [Theory]
    [InlineData("PUT", "/v1/containers", "GET, HEAD, POST")]
    [InlineData("PATCH", "/v1/containers/c", "DELETE, GET, HEAD")]
    [InlineData("POST", "/v1/containers/c", "DELETE, GET, HEAD")]
    [InlineData("DELETE", "/v1/containers", "GET, HEAD, POST")]
    [InlineData("TRACE", "/v1/containers", "GET, HEAD, POST")]
    [InlineData("OPTIONS", "/v1/containers", "GET, HEAD, POST")]
    [InlineData("BREW", "/v1/containers", "GET, HEAD, POST")]
    [InlineData("POST", "/openai/v1/containers/c/files/f/content", "GET, HEAD")]
    [InlineData("PUT", "/openai/containers/c/files", "GET, HEAD, POST")]
    public async Task Method_that_a_path_does_not_have_gets_405_and_allow(string method, string target, string allow)
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            var answer = await RawClient.AskAsync(world.Gateway, $"{method} {target} HTTP/1.1\nHost: gateway\nContent-Length: 0\n\n");
            Refusal.Of(answer, 405, "method_not_allowed");
            Assert.Equal(allow, string.Join(", ", answer.Headers["Allow"].Split(", ").Order(StringComparer.Ordinal)));
        });
        Assert.Empty(seen);
    }

    /// <summary>RFC 9110 §9.1.</summary>
    [Theory]
    [InlineData("get", "/v1/containers")]
    [InlineData("Get", "/v1/containers/c")]
    [InlineData("delete", "/v1/containers/c")]
    [InlineData("Post", "/v1/containers")]
    [InlineData("head", "/v1/containers/c/files/f/content")]
    [InlineData("oPTIONS", "/v1/containers")]
    public async Task Method_in_other_letters_is_another_method(string method, string target)
    {
        var seen = await world.SeenDuringAsync(async () => Refusal.Of(
            await RawClient.AskAsync(world.Gateway, $"{method} {target} HTTP/1.1\nHost: gateway\nContent-Length: 0\n\n"), 501, "unknown_method"));
        Assert.Empty(seen);
    }

    /// <summary>CONNECT and asterisk targets have a form of their own that Kestrel accepts; they are no path of ours.</summary>
    [Theory]
    [InlineData("OPTIONS * HTTP/1.1\nHost: gateway\n\n")]
    [InlineData("CONNECT gateway:443 HTTP/1.1\nHost: gateway:443\n\n")]
    public async Task Method_without_a_path_is_refused(string request) =>
        Assert.InRange((await RawClient.AskAsync(world.Gateway, request)).Status, 400, 405);
}
