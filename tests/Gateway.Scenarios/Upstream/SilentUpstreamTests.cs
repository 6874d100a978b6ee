using System.Net;
using System.Net.Sockets;
using Gateway.Scenarios.Hostile;
using Xunit;

namespace Gateway.Scenarios.Upstream;

/// <summary>An upstream that cannot be reached, or says nothing, costs its time limit and no more.</summary>
public sealed class SilentUpstreamTests
{
    public static TheoryData<string> Kinds => ["get", "list", "delete", "create", "upload", "download"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Closed_port_of_an_upstream_is_a_502(string kind)
    {
        // Bound and not listening: connections are refused, and nobody else can get the port.
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        await using var gateway = await Between.GatewayAsync($"http://{closed.LocalEndPoint}");
        await Refusal.OfAsync(await Between.AskAsync(gateway, kind), 502, "provider_connection_failed");
    }

    [Fact]
    public async Task Upstream_name_that_does_not_exist_is_a_502()
    {
        await using var gateway = await Between.GatewayAsync("http://no-such-host.invalid");
        await Refusal.OfAsync(await Between.GetAsync(gateway), 502, "provider_connection_failed");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Silence_before_an_answer_is_a_504(string kind)
    {
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            await exchange.ReadHeadAsync();
            await exchange.UntilGatewayLeavesAsync();
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url, Between.Short);
        await Refusal.OfAsync(await Between.AskAsync(gateway, kind), 504, kind == "create" ? "create_outcome_unknown" : "request_timed_out");

        // Never twice; on a busy machine the time may be over before the first has got there.
        Assert.InRange(upstream.Attempts, 0, 1);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("list")]
    [InlineData("create")]
    [InlineData("upload")]
    public async Task Silence_within_a_collected_answer_is_a_504(string kind)
    {
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            await exchange.ReadRequestAsync();
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":");
            await exchange.UntilGatewayLeavesAsync();
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url, Between.Short);
        await Refusal.OfAsync(await Between.AskAsync(gateway, kind), 504, kind == "create" ? "create_outcome_unknown" : "request_timed_out");
    }

    [Fact]
    public async Task Silence_within_a_download_cuts_the_client_off()
    {
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            await exchange.ReadRequestAsync();
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfirst");
            await exchange.UntilGatewayLeavesAsync();
        });

        // Long enough for the headers on any machine, since it counts for them, too.
        await using var gateway = await Between.GatewayAsync(upstream.Url, Between.Long with { StreamIdleTimeout = TimeSpan.FromSeconds(5) });
        using var answer = await Between.DownloadAsync(gateway);
        Assert.Equal(100, answer.Content.Headers.ContentLength);
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            await using var body = await answer.Content.ReadAsStreamAsync();
            await body.CopyToAsync(Stream.Null);
        });
    }

    [Fact]
    public async Task Upstream_that_stops_reading_an_upload_is_a_504()
    {
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            await exchange.ReadHeadAsync();
            await exchange.UntilTestEndsAsync();
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url, Between.Short);
        await Refusal.OfAsync(await Between.UploadAsync(gateway, 30_000_000), 504, "request_timed_out");
    }
}
