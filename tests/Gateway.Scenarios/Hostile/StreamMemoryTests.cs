using System.Text;
using Gateway.Fakes;
using Gateway.Scenarios.Upstream;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>Alone, because what other tests allocate would be counted.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>Files flow through; they are never held.</summary>
[Collection(nameof(Alone))]
public sealed class StreamMemoryTests
{
    private const long Size = 256 << 20;
    private const long Allowed = 64 << 20;
    private static readonly byte[] s_block = new byte[1 << 17];

    [Fact]
    public async Task Chunked_upload_takes_bounded_memory_and_reaches_the_upstream_while_it_is_sent()
    {
        var first = new TaskCompletionSource();
        var received = 0L;
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            var buffer = new byte[1 << 16];
            int read;
            while ((read = await http.Request.Body.ReadAsync(buffer)) > 0)
            {
                first.TrySetResult();
                received += read;
            }

            await http.Response.WriteAsync("{\"id\":\"f\"}");
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        await using var client = await RawClient.ConnectAsync(gateway);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await client.SendAsync(
            "POST /v1/containers/c/files HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=B\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n");
        var head = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n";
        await client.SendAsync($"{head.Length:x}\r\n{head}\r\n");
        var size = Encoding.ASCII.GetBytes($"{s_block.Length:x}\r\n");
        var end = "\r\n"u8.ToArray();
        for (var sent = 0L; sent < Size; sent += s_block.Length)
        {
            if (sent == 4 * s_block.Length)
            {
                await first.Task.WaitAsync(Until.Hung);
            }

            await client.SendAsync(size);
            await client.SendAsync(s_block);
            await client.SendAsync(end);
        }

        await client.SendAsync("9\r\n\r\n--B--\r\n\r\n0\r\n\r\n");
        Assert.Equal(200, (await client.ReceiveAsync())!.Status);
        Assert.Equal(head.Length + Size + 9, received);
        AssertBounded(before);
    }

    [Fact]
    public async Task Download_of_a_large_file_takes_bounded_memory()
    {
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            for (var sent = 0L; sent < Size; sent += s_block.Length)
            {
                await http.Response.Body.WriteAsync(s_block);
            }
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        using var answer = await Between.DownloadAsync(gateway);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[1 << 16];
        var received = 0L;
        int read;
        while ((read = await body.ReadAsync(buffer)) > 0)
        {
            received += read;
        }

        Assert.Equal(Size, received);
        AssertBounded(before);
    }

    private static void AssertBounded(long before)
    {
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        TestContext.Current.TestOutputHelper!.WriteLine($"{allocated >> 10} KiB allocated");
        Assert.True(allocated < Allowed, $"{allocated >> 20} MiB were allocated for {Size >> 20} MiB.");
    }
}
