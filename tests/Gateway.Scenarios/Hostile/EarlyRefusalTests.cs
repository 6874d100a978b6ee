using System.Text;
using Gateway.Fakes;
using Gateway.Scenarios.DropIn;
using Gateway.Scenarios.Upstream;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>A client that is still sending when its answer is there gets the answer, not a broken pipe.</summary>
public sealed class EarlyRefusalTests(NodeWorkspace workspace) : IClassFixture<NodeWorkspace>
{
    private const int Tries = 20;
    private const string Refused = "{\"error\":{\"message\":\"too large\",\"type\":\"invalid_request_error\",\"code\":\"file_too_large\"}}";

    private static readonly string s_script = $$"""
        const blob = new Blob([Buffer.alloc(30 << 20)]);
        (async () => {
          for (let i = 0; i < {{Tries}}; i++) {
            const form = new FormData();
            form.append('file', blob, 'x');
            try {
              const answer = await fetch(process.env.GATEWAY_URL + '/v1/containers/c/files', { method: 'POST', body: form });
              console.log(answer.status, (await answer.json()).error.code);
            } catch (error) {
              console.log(error.cause?.code ?? error);
            }
          }
        })();
        """;

    [Fact]
    public async Task Node_sees_the_early_refusal_of_an_upstream()
    {
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            await exchange.ReadHeadAsync();
            await exchange.WriteAsync(
                "HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                    + $"{Refused.Length}\r\n\r\n{Refused}");
            exchange.CloseSending();
            await exchange.ReadSomeAsync();
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        await AssertEachAsync("413 file_too_large", gateway);
    }

    [Fact]
    public async Task Node_sees_the_gateways_own_refusal()
    {
        var settings = TestSettings.Of(TestSettings.Local());
        await using var gateway = await RunningGateway.StartAsync(settings with { Client = settings.Client with { MaxFileBytes = 20 << 20 } });
        await AssertEachAsync("413 request_too_large", gateway);
    }

    /// <summary>More than any buffer on the way takes, and what follows is a request again.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rest_of_a_refused_body_is_discarded_and_the_connection_goes_on(bool chunked)
    {
        var settings = TestSettings.Of(TestSettings.Local());
        await using var gateway = await RunningGateway.StartAsync(settings with { Client = settings.Client with { MaxRequestBodyBytes = 1 << 20 } });
        await using var client = await RawClient.ConnectAsync(gateway);
        var block = Encoding.ASCII.GetBytes(new string(' ', 1 << 20));
        await client.SendAsync(
            "POST /v1/containers HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n"
            + (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : $"Content-Length: {60 << 20}\r\n\r\n"));
        for (var sent = 0; sent < 60; sent++)
        {
            await client.SendAsync(chunked ? "100000\r\n" : "");
            await client.SendAsync(block);
            await client.SendAsync(chunked ? "\r\n" : "");
        }

        await client.SendAsync(chunked ? "0\r\n\r\n" : "");
        Refusal.Of(await client.ReceiveAsync(), 413, "request_too_large");
        Assert.True(await client.IsUsableAsync());
    }

    [Fact]
    public async Task Discarding_of_a_refused_body_ends_after_64_MiB()
    {
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.Local()));
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync(
            "POST /v1/containers/c/files HTTP/1.1\r\nHost: gateway\r\nContent-Type: text/plain\r\nContent-Length: 3000000000\r\n\r\n");
        var answer = await client.ReceiveAsync();
        Refusal.Of(answer, 415);
        Assert.Equal("close", answer!.Headers["Connection"]);
        var block = new byte[1 << 20];
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            for (var sent = 0; sent < 1000; sent++)
            {
                await client.SendAsync(block);
            }
        });
    }

    [Fact]
    public async Task Discarding_of_a_refused_body_ends_after_ten_seconds()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var gateway = await RunningGateway.StartAsync(TestSettings.Of(TestSettings.Local()), time: time);
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync("POST /v1/containers/c/files HTTP/1.1\r\nHost: gateway\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n");
        Refusal.Of(await client.ReceiveAsync(), 415);
        await SlowBodyTests.AdvanceUntilAsync(time, client.IsEndedAsync());
    }

    private async Task AssertEachAsync(string expected, RunningGateway gateway)
    {
        var (exitCode, output) = await workspace.RunAsync("node", ["-e", s_script], [new("GATEWAY_URL", gateway.Url)]);
        Assert.True(exitCode == 0, output);
        Assert.Equal(Enumerable.Repeat(expected, Tries), output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }
}
