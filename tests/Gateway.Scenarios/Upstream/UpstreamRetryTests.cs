using Gateway.Scenarios.Hostile;
using Xunit;

namespace Gateway.Scenarios.Upstream;

/// <summary>A request is sent as often as the configuration allows, and never twice when that could do harm.</summary>
public sealed class UpstreamRetryTests
{
    private const string Busy = "HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n";
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"c\"}";

    [Theory]
    [InlineData("get", 0, 1)]
    [InlineData("get", 2, 3)]
    [InlineData("list", 2, 3)]
    [InlineData("delete", 2, 3)]
    [InlineData("download", 2, 3)]
    [InlineData("create", 2, 1)]
    [InlineData("upload", 2, 1)]
    public async Task Retries_of_a_busy_upstream_are_as_many_as_configured(string kind, int retries, int seen)
    {
        await using var upstream = RawUpstream.Answering(Busy.Replace("\r", "", StringComparison.Ordinal) + "\n");
        await using var gateway = await Between.GatewayAsync(upstream.Url, Between.Long with { MaxRetries = retries });
        await Refusal.OfAsync(await Between.AskAsync(gateway, kind), 503);
        Assert.Equal(seen, upstream.Heads.Count);
    }

    [Theory]
    [InlineData("get", 0, 2)]
    [InlineData("get", 2, 3)]
    [InlineData("delete", 1, 2)]
    [InlineData("create", 3, 1)]
    [InlineData("upload", 3, 1)]
    public async Task Retries_of_a_broken_exchange_are_one_more_for_what_may_be_repeated(string kind, int retries, int seen)
    {
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            await exchange.ReadRequestAsync();
            if (exchange.Number % 2 == 0)
            {
                exchange.Reset();
            }
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url, Between.Long with { MaxRetries = retries });
        await Refusal.OfAsync(await Between.AskAsync(gateway, kind), 502);
        Assert.Equal(seen, upstream.Attempts);
    }

    [Theory]
    [InlineData("get")]
    [InlineData("download")]
    public async Task Retry_recovers_from_a_passing_failure(string kind)
    {
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            await exchange.ReadRequestAsync();
            await exchange.WriteAsync(exchange.Number == 1 ? Busy + "Retry-After: 0\r\n\r\n" : Ok);
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url, Between.Long with { MaxRetries = 1 });
        var answer = await Between.AskAsync(gateway, kind);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.StartsWith("{\"id\":\"c\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retries_of_a_delete_that_found_nothing_at_once_are_none()
    {
        await using var upstream = RawUpstream.Answering("HTTP/1.1 404 Not Found\nContent-Length: 0\n\n");
        await using var gateway = await Between.GatewayAsync(upstream.Url, Between.Long with { MaxRetries = 3 });
        await Refusal.OfAsync(await Between.DeleteAsync(gateway), 404);
        Assert.Single(upstream.Heads);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Retries_do_not_wait_beyond_the_deadline(int status)
    {
        await using var upstream = RawUpstream.Answering($"HTTP/1.1 {status} Later\nConnection: close\nRetry-After: 3000\nContent-Length: 0\n\n");
        await using var gateway = await Between.GatewayAsync(
            upstream.Url, Between.Long with { MaxRetries = 3, RequestTimeout = TimeSpan.FromMinutes(45) });
        var answer = await Between.GetAsync(gateway);
        await Refusal.OfAsync(answer, status);
        Assert.Equal(TimeSpan.FromSeconds(3000), answer.Headers.RetryAfter!.Delta);
        Assert.Single(upstream.Heads);
    }

    /// <summary>A create that was refused with 429 was not begun, so it is repeated; an upload is not, because its bytes are gone.</summary>
    [Theory]
    [InlineData("create", 2)]
    [InlineData("upload", 1)]
    public async Task Retries_of_a_throttled_write_depend_on_its_bytes(string kind, int seen)
    {
        await using var upstream = RawUpstream.Answering("HTTP/1.1 429 Later\nConnection: close\nRetry-After: 0\nContent-Length: 0\n\n");
        await using var gateway = await Between.GatewayAsync(upstream.Url, Between.Long with { MaxRetries = 1 });
        await Refusal.OfAsync(await Between.AskAsync(gateway, kind), 429);
        Assert.Equal(seen, upstream.Heads.Count);
    }

    [Fact]
    public async Task Retry_saves_a_read_whose_idle_connection_has_died()
    {
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            await exchange.ReadRequestAsync();
            await exchange.WriteAsync(Ok);
            if (exchange.Number == 1)
            {
                await exchange.ReadRequestAsync();
                exchange.Reset();
            }
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        Assert.Equal(200, (int)(await Between.GetAsync(gateway)).StatusCode);
        Assert.Equal(200, (int)(await Between.GetAsync(gateway)).StatusCode);
        Assert.Equal(3, upstream.Heads.Count);
    }
}
