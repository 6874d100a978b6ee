using System.Net;
using Gateway.Accounts;
using Gateway.Scenarios.Hostile;
using Xunit;

namespace Gateway.Scenarios.Upstream;

/// <summary>An upstream that works again serves from the next call on, whatever failed before and for whom.</summary>
public sealed class RecoveryTests
{
    private const string List = "{\"object\":\"list\",\"data\":[],\"has_more\":false}";
    private const string Container = "{\"id\":\"c\",\"object\":\"container\",\"created_at\":1}";

    [Theory]
    [InlineData("key-one")]
    [InlineData("key-one", "key-two")]
    public async Task Recovery_is_seen_by_the_next_call_after_a_load_of_broken_connections(params string[] keys)
    {
        // Of a hundred requests these many are answered with a reset.
        var broken = 40;
        var requests = 0;
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            while (await exchange.ReadRequestAsync() is { } head)
            {
                if (Interlocked.Increment(ref requests) * 37 % 100 < Volatile.Read(ref broken))
                {
                    exchange.Reset();
                    return;
                }

                var body = head.StartsWith("GET /v1/containers?", StringComparison.Ordinal)
                    || head.StartsWith("GET /v1/containers ", StringComparison.Ordinal)
                    ? List : Container;
                await exchange.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
            }
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url, Between.Long, keys);
        string[] kinds = ["create", "list", "get"];
        var under = await LoadAsync(400);
        Assert.Contains(under, status => status != HttpStatusCode.OK);
        Volatile.Write(ref broken, 100);
        for (var i = 0; i < 2 * AccountHealth.FailuresInRow; i++)
        {
            await Refusal.OfAsync(await Between.CreateAsync(gateway), 502);
        }

        Volatile.Write(ref broken, 0);
        Assert.All(await LoadAsync(200), status => Assert.Equal(HttpStatusCode.OK, status));

        async Task<HttpStatusCode[]> LoadAsync(int calls)
        {
            using var room = new SemaphoreSlim(16);
            return await Task.WhenAll(Enumerable.Range(0, calls).Select(async number =>
            {
                await room.WaitAsync();
                try
                {
                    using var answer = await Between.AskAsync(gateway, kinds[number % kinds.Length]);
                    return answer.StatusCode;
                }
                finally
                {
                    room.Release();
                }
            }));
        }
    }

    [Fact]
    public async Task Recovery_from_an_idle_connection_that_died_does_not_depend_on_what_others_retried()
    {
        var died = 0;
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            while (await exchange.ReadRequestAsync() is { } head)
            {
                if (head.Contains("/busy", StringComparison.Ordinal))
                {
                    await exchange.WriteAsync("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
                }
                else if (Interlocked.Increment(ref died) == 1)
                {
                    exchange.Reset();
                    return;
                }
                else
                {
                    await exchange.WriteAsync($"HTTP/1.1 200 OK\r\nContent-Length: {Container.Length}\r\n\r\n{Container}");
                }
            }
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url, Between.Long with { MaxRetries = 3 });
        for (var i = 0; i < 30; i++)
        {
            await Refusal.OfAsync(await gateway.Client.GetAsync("/v1/containers/busy"), 503);
        }

        Assert.Equal(HttpStatusCode.OK, (await Between.GetAsync(gateway)).StatusCode);
    }
}
