using System.Globalization;
using System.Text;
using Gateway.Scenarios.Hostile;
using Xunit;

namespace Gateway.Scenarios.Upstream;

/// <summary>An upstream that refuses an upload half way is heard, whatever it does with the connection.</summary>
public sealed class EarlyAnswerTests
{
    private const int Size = 24 << 20;
    private const string Refused =
        "{\"error\":{\"message\":\"File too large for this plan\",\"type\":\"invalid_request_error\",\"code\":\"file_too_large\"}}";

    private static readonly string s_answer =
        $"HTTP/1.1 413 Content Too Large\r\nContent-Type: application/json\r\nContent-Length: {Refused.Length}\r\n\r\n{Refused}";

    [Theory]
    [InlineData("reads_slowly", false)]
    [InlineData("reads_slowly", true)]
    [InlineData("never_reads", false)]
    [InlineData("never_reads", true)]
    [InlineData("stuck", false)]
    [InlineData("stuck", true)]
    [InlineData("closes", false)]
    [InlineData("closes", true)]
    [InlineData("resets", false)]
    [InlineData("resets", true)]
    [InlineData("later", false)]
    [InlineData("later", true)]
    public async Task Early_answer_of_an_upstream_reaches_the_client_at_once(string manner, bool chunked)
    {
        var stuck = new TaskCompletionSource();
        await using var upstream = RawUpstream.Start(exchange => RefuseAsync(exchange, manner, stuck.Task));
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        await using var client = await RawClient.ConnectAsync(gateway);
        var sending = SendAsync(client, chunked, stuck);
        var message = Refusal.Of(await client.ReceiveAsync(), 413, "file_too_large");
        Assert.Equal("File too large for this plan", message);
        Assert.Single(upstream.Heads);
        await client.DisposeAsync();
        await sending;
    }

    [Fact]
    public async Task Early_answer_of_success_does_not_stop_the_upload()
    {
        var received = 0L;
        var length = 0L;
        await using var upstream = RawUpstream.Start(async exchange =>
        {
            var head = await exchange.ReadHeadAsync();
            length = long.Parse(head!.Split("Content-Length: ")[1].Split("\r\n")[0], CultureInfo.InvariantCulture);
            await exchange.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":");
            while (received < length)
            {
                received += await exchange.ReadSomeAsync();
            }

            await exchange.WriteAsync("\"f\"}");
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        var answer = await Between.UploadAsync(gateway, 3_000_000);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(length, received);
    }

    private static async Task RefuseAsync(RawExchange exchange, string manner, Task stuck)
    {
        await exchange.ReadHeadAsync();
        switch (manner)
        {
            case "reads_slowly":
                await exchange.WriteAsync(s_answer);
                await exchange.ReadSomeAsync();
                await exchange.UntilTestEndsAsync();
                break;
            case "never_reads":
                await exchange.WriteAsync(s_answer);
                await exchange.UntilTestEndsAsync();
                break;
            case "stuck":
                await stuck.WaitAsync(exchange.Stop);
                await exchange.WriteAsync(s_answer);
                await exchange.UntilTestEndsAsync();
                break;
            case "closes":
                await exchange.WriteAsync(s_answer);
                break;
            case "resets":
                await exchange.ReadSomeAsync();
                await exchange.WriteAsync(s_answer);
                exchange.CloseSending();
                await exchange.ReadSomeAsync();
                exchange.Reset();
                break;
            default:
                for (var read = 0; read < 64 * 1024;)
                {
                    read += await exchange.ReadSomeAsync();
                }

                await exchange.WriteAsync(s_answer);
                await exchange.UntilTestEndsAsync();
                break;
        }
    }

    private static async Task SendAsync(RawClient client, bool chunked, TaskCompletionSource stuck)
    {
        const string Head = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
        const string Tail = "\r\n--B--\r\n";
        var block = new byte[1 << 16];
        try
        {
            await client.SendAsync(
                "POST /v1/containers/c/files HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=B\r\n"
                + (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : $"Content-Length: {Head.Length + Size + Tail.Length}\r\n\r\n"));
            await PartAsync(Encoding.ASCII.GetBytes(Head));
            for (var sent = 0; sent < Size; sent += block.Length)
            {
                await PartAsync(block);
            }

            await PartAsync(Encoding.ASCII.GetBytes(Tail));

            // The buffers on the way may be large enough for all of it.
            stuck.TrySetResult();
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The gateway has heard enough, or the test is over.
        }

        async Task PartAsync(byte[] bytes)
        {
            if (chunked)
            {
                await client.SendAsync($"{bytes.Length:x}\r\n");
            }

            var sending = client.SendAsync(bytes);
            if (await Task.WhenAny(sending, Task.Delay(300)) != sending)
            {
                // Every buffer on the way is full.
                stuck.TrySetResult();
            }

            await sending;
            if (chunked)
            {
                await client.SendAsync("\r\n");
            }
        }
    }
}
