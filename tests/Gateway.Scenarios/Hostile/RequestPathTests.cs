using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>No path reaches further upstream than the id it names.</summary>
public sealed class RequestPathTests(World world) : IClassFixture<World>
{
    [Theory]
    [InlineData("%2e%2e", "container_id")]
    [InlineData("%2E%2e", "container_id")]
    [InlineData("%2e", "container_id")]
    [InlineData("..", "container_id")]
    [InlineData("a%2fb", "container_id")]
    [InlineData("a%2Fb", "container_id")]
    [InlineData("..%2f..%2ffiles", "container_id")]
    [InlineData("a%5cb", "container_id")]
    [InlineData("a\\b", "container_id")]
    [InlineData("a%3fb", "container_id")]
    [InlineData("a%23b", "container_id")]
    [InlineData("a%252fb", "container_id")]
    [InlineData("a%0d%0aHost:%20x", "container_id")]
    [InlineData("a%0ab", "container_id")]
    [InlineData("a%1bb", "container_id")]
    [InlineData("a%7fb", "container_id")]
    [InlineData("a%c2%85b", "container_id")]
    [InlineData("a%e2%80%a8b", "container_id")]
    [InlineData("%ff", "container_id")]
    [InlineData("%c0%ae%c0%ae", "container_id")]
    [InlineData("%ed%a0%80", "container_id")]
    [InlineData("a%", "container_id")]
    [InlineData("a%zz", "container_id")]
    [InlineData("...", "container_id")]
    [InlineData("..%3B", "container_id")]
    [InlineData("..;x=y/files", "container_id")]
    [InlineData("%2e%2e/files/f/content", "container_id")]
    public async Task Path_with_an_id_that_none_can_be_is_refused_with_the_id_named(string path, string param)
    {
        foreach (var door in new[] { "/v1", "/openai/v1", "/openai" })
        {
            var seen = await world.SeenDuringAsync(async () =>
            {
                await using var client = await RawClient.ConnectAsync(world.Gateway);
                await client.SendAsync($"GET {door}/containers/{path} HTTP/1.1\r\nHost: gateway\r\n\r\n");
                Refusal.Of(await client.ReceiveAsync(), 400, "invalid_id", param);
                Assert.True(await client.IsUsableAsync());
            });
            Assert.Equal("/v1/containers?limit=20", Assert.Single(seen).Target);
        }
    }

    /// <summary>No file has such an id; nobody is asked whether one has.</summary>
    [Theory]
    [InlineData("%2e%2e")]
    [InlineData("...")]
    [InlineData("..%3B")]
    [InlineData("..;x")]
    [InlineData("a%2fb")]
    [InlineData("%ff")]
    [InlineData("a%2f..%2f..%2fx")]
    [InlineData("h%C3%A4")]
    [InlineData("a%20b")]
    [InlineData("a+b")]
    [InlineData("a:b")]
    public async Task Path_with_a_file_id_that_none_can_be_is_missing_before_anybody_is_asked(string id)
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            string[] requests =
            [
                $"GET /v1/containers/c/files/{id}", $"DELETE /openai/v1/containers/c/files/{id}", $"GET /v1/containers/c/files/{id}/content",
            ];
            foreach (var request in requests)
            {
                Refusal.Of(await RawClient.AskAsync(world.Gateway, $"{request} HTTP/1.1\nHost: gateway\n\n"), 404, "invalid_id", "file_id");
            }
        });
        Assert.Empty(seen);
    }

    /// <summary>Kestrel itself refuses these before anything of ours runs: a bare 400, and the connection is closed.</summary>
    [Theory]
    [InlineData("a%00b")]
    [InlineData("a\u00e9b")]
    [InlineData("a b")]
    [InlineData("a\0b")]
    public async Task Path_that_the_server_cannot_read_closes_the_connection(string path)
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            await using var client = await RawClient.ConnectAsync(world.Gateway);
            await client.SendAsync($"GET /v1/containers/{path} HTTP/1.1\r\nHost: gateway\r\n\r\n");
            Assert.Equal(400, (await client.ReceiveAsync())!.Status);
            Assert.True(await client.IsEndedAsync());
        });
        Assert.Empty(seen);
    }

    [Fact]
    public async Task Path_with_raw_control_characters_is_refused_and_forges_no_log_line()
    {
        var seen = await world.SeenDuringAsync(async () =>
        {
            foreach (var target in new[] { "/v1/containers/a\rb", "/v1/containers/a\u001bb", "/nowhere\r2026 forged", "/nowhere/\u001b[2J" })
            {
                Assert.InRange((await RawClient.AskAsync(world.Gateway, "GET", target)).Status, 400, 404);
            }
        });
        Assert.Empty(seen);
        Assert.All(world.Logs.Lines, line => Assert.DoesNotContain(line, character => char.IsControl(character) && character is not '\n'));
    }

    [Fact]
    public async Task Path_with_a_long_id_is_refused_and_with_a_long_legal_id_asked_for()
    {
        Refusal.Of(await RawClient.AskAsync(world.Gateway, "GET", "/v1/containers/" + new string('a', 600)), 400, "invalid_id", "container_id");
        Refusal.Of(await RawClient.AskAsync(world.Gateway, "GET", "/v1/containers/" + new string('a', 512)), 404);
        Assert.Equal(414, (await RawClient.AskAsync(world.Gateway, "GET", "/v1/containers/" + new string('a', 9000))).Status);
    }

    [Theory]
    [InlineData("%63%6e%74%72_1", "cntr_1")]
    [InlineData("h%C3%A4%C3%9F", "h%C3%A4%C3%9F")]
    [InlineData("a%20b", "a%20b")]
    [InlineData("a+b", "a%2Bb")]
    [InlineData("a;b=c", "a%3Bb%3Dc")]
    [InlineData("a..b", "a..b")]
    [InlineData("a%26limit%3D1", "a%26limit%3D1")]
    public async Task Path_with_an_odd_legal_id_reaches_the_upstream_as_the_same_id(string sent, string arrived)
    {
        var seen = await world.SeenDuringAsync(async () =>
            Refusal.Of(await RawClient.AskAsync(world.Gateway, "GET", $"/v1/containers/{sent}/files"), 404));
        Assert.Equal($"/v1/containers/{arrived}/files?limit=20", Assert.Single(seen).Target);
    }

    [Theory]
    [InlineData("/v1/containers/")]
    [InlineData("/openai/containers/?provider=openai")]
    [InlineData("http://gateway/v1/containers")]
    [InlineData("http://gateway/v1/containers?x=/../y")]
    public async Task Path_may_end_in_a_slash_or_be_an_absolute_target(string target) =>
        Assert.Equal(200, (await RawClient.AskAsync(world.Gateway, "GET", target)).Status);

    [Theory]
    [InlineData("//v1/containers")]
    [InlineData("/v1//containers")]
    [InlineData("/v1/containers//files")]
    [InlineData("/v1/containers/c//files")]
    [InlineData("/v1/containers%2Fc")]
    [InlineData("/v1/containers/c/files/f/content/more")]
    [InlineData("/v2/containers")]
    [InlineData("/")]
    [InlineData("http://gateway")]
    public async Task Path_to_nowhere_gets_the_error_envelope(string target)
    {
        var seen = await world.SeenDuringAsync(async () =>
            Refusal.Of(await RawClient.AskAsync(world.Gateway, "GET", target), 404, "unknown_url"));
        Assert.Empty(seen);
    }

    [Theory]
    [InlineData("/v1/../v1/containers")]
    [InlineData("/v1/%2e%2e/v1/containers")]
    [InlineData("/x/%2e%2e/v1/containers")]
    [InlineData("http://gateway/x/../v1/containers")]
    public async Task Path_through_dot_segments_reaches_no_route(string target) =>
        Refusal.Of(await RawClient.AskAsync(world.Gateway, "GET", target), 400, "invalid_id");

    /// <summary>An absolute target whose authority is not the Host header is Kestrel's to refuse.</summary>
    [Fact]
    public async Task Path_to_another_host_is_refused() =>
        Assert.Equal(400, (await RawClient.AskAsync(world.Gateway, "GET", "http://elsewhere/v1/containers")).Status);
}
