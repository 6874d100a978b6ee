using System.IO.Compression;
using System.Text;
using Gateway.Fakes;
using Gateway.Scenarios.Upstream;
using Gateway.Settings;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>A JSON body costs what has arrived of it, not what was promised nor what it may be unpacked or taken apart to.</summary>
[Collection(nameof(Alone))]
public sealed class HeldBodyTests
{
    private const int Mega = 1 << 20;
    private const string Head = "POST /v1/containers HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n";

    [Fact]
    public async Task Body_of_which_little_arrives_costs_little_memory_whatever_it_promises()
    {
        await using var gateway = await GatewayAsync(client => client);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var clients = new List<RawClient>();
        for (var i = 0; i < 12; i++)
        {
            clients.Add(await RawClient.ConnectAsync(gateway));
            await clients[i].SendAsync($"{Head}Content-Length: 104857600\r\n\r\n{{");
        }

        // Those before have been read by then, or soon are; they go on waiting.
        Assert.Equal(200, (await CreateAsync(gateway, Encoding.ASCII.GetBytes("{\"name\":\"c\"}"))).Status);
        AssertAllocated(before, 64 * Mega);
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task Compressed_body_is_not_unpacked_to_many_times_its_size(string encoding)
    {
        await using var gateway = await GatewayAsync(client => client);
        var bomb = Pack(encoding, 100 * Mega);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var message = Refusal.Of(await CreateAsync(gateway, bomb, $"Content-Encoding: {encoding}\r\n"), 413, "request_too_large");
        Assert.Contains("20 times", message, StringComparison.Ordinal);
        AssertAllocated(before, 16 * Mega);
    }

    [Theory]
    [InlineData(3_000_000_000)]
    [InlineData(100_000_000_000)]
    public async Task Body_beyond_what_an_array_can_hold_is_too_large_whatever_is_configured(long length)
    {
        await using var gateway = await GatewayAsync(
            client => client with { MaxRequestBodyBytes = 200_000_000_000, MaxBufferedBytes = 200_000_000_000 });
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync($"{Head}Content-Length: {length}\r\n\r\n{{");
        Refusal.Of(await client.ReceiveAsync(), 413, "request_too_large");
    }

    /// <summary>
    /// One copy as it arrives, one put together, one without <c>provider</c>, even if nothing is collected meanwhile. The rest is what the
    /// connections, the upstream and this client take.
    /// </summary>
    [Theory]
    [InlineData("[{\"type\":\"inline\",\"name\":\"s\",\"source\":{\"media_type\":\"application/zip\",\"data\":\"", 'A', "\"}}]", false)]
    [InlineData("[{\"type\":\"inline\",\"name\":\"s\",\"source\":{\"media_type\":\"application/zip\",\"data\":\"", 'A', "\"}}]", true)]
    [InlineData("[", '[', "]", false)]
    public async Task Body_held_in_memory_costs_three_times_its_size_at_most(string begin, char filling, string end, bool chunked)
    {
        var received = 0L;
        await using var upstream = await FakeServer.StartAsync(async http =>
        {
            var buffer = new byte[1 << 16];
            int read;
            while ((read = await http.Request.Body.ReadAsync(buffer)) > 0)
            {
                received += read;
            }

            await http.Response.Body.WriteAsync("{\"id\":\"c\",\"name\":\"c\"}"u8.ToArray());
        });
        await using var gateway = await Between.GatewayAsync(upstream.Url);
        var filled = filling == '[' ? string.Join(',', Enumerable.Repeat("[]", 50 * Mega / 3)) : new string(filling, 50 * Mega);
        var body = Encoding.ASCII.GetBytes($"{{\"provider\":\"openai\",\"name\":\"c\",\"skills\":{begin}{filled}{end}}}");
        await using var client = await RawClient.ConnectAsync(gateway);
        var size = Encoding.ASCII.GetBytes($"{body.Length:x}\r\n");
        var before = GC.GetTotalAllocatedBytes(precise: true);
        await client.SendAsync(Head + (chunked ? "Transfer-Encoding: chunked\r\n\r\n" : $"Content-Length: {body.Length}\r\n\r\n"));
        await client.SendAsync(chunked ? size : default);
        await client.SendAsync(body);
        await client.SendAsync(chunked ? "\r\n0\r\n\r\n" : "");
        var answer = await client.ReceiveAsync();
        Assert.True(answer!.Status == 200, answer.ToString());
        Assert.Equal(body.Length - "\"provider\":\"openai\",".Length, received);
        AssertAllocated(before, (3L * body.Length) + (16 * Mega));
    }

    [Fact]
    public async Task Large_bodies_share_a_bounded_memory_which_small_ones_do_not_need()
    {
        await using var gateway = await GatewayAsync(client => client with { MaxRequestBodyBytes = Mega, MaxBufferedBytes = Mega });
        var large = Encoding.ASCII.GetBytes("{\"name\":\"c\"}".PadRight(800 * 1024));
        RawAnswer? refused = null;
        await Until.TrueAsync(
            async () =>
            {
                await using var holder = await RawClient.ConnectAsync(gateway);
                await holder.SendAsync($"{Head}Content-Length: {large.Length}\r\n\r\n");
                await holder.SendAsync(large.AsMemory(1024));

                // Either of the two may come too late for the room there is.
                refused = await CreateAsync(gateway, large);
                if (refused.Status == 200)
                {
                    return false;
                }

                Assert.Equal(200, (await CreateAsync(gateway, Encoding.ASCII.GetBytes("{\"name\":\"c\"}"))).Status);
                return true;
            },
            "The held body is never counted.");
        Refusal.Of(refused, 503, "request_bodies_full");
        Assert.Equal("1", refused!.Headers["Retry-After"]);

        await Until.TrueAsync(async () => (await CreateAsync(gateway, large)).Status == 200, "The memory is never given back.");
    }

    private static async Task<RawAnswer> CreateAsync(RunningGateway gateway, byte[] body, string headers = "")
    {
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendAsync($"{Head}{headers}Content-Length: {body.Length}\r\n\r\n");
        await client.SendAsync(body);
        return (await client.ReceiveAsync())!;
    }

    private static byte[] Pack(string encoding, int size)
    {
        using var packed = new MemoryStream();
        using (Stream packer = encoding == "gzip"
            ? new GZipStream(packed, CompressionLevel.Optimal)
            : new BrotliStream(packed, CompressionLevel.Fastest))
        {
            packer.Write("{\"name\":\""u8);
            var block = Encoding.ASCII.GetBytes(new string('x', Mega));
            for (var written = 0; written < size; written += block.Length)
            {
                packer.Write(block);
            }
        }

        return packed.ToArray();
    }

    private static Task<RunningGateway> GatewayAsync(Func<ClientSettings, ClientSettings> change)
    {
        var settings = TestSettings.Of(TestSettings.Local());
        return RunningGateway.StartAsync(settings with { Client = change(settings.Client) });
    }

    private static void AssertAllocated(long before, long most)
    {
        var allocated = GC.GetTotalAllocatedBytes(precise: true) - before;
        Assert.True(allocated < most, $"{allocated >> 10} KiB were allocated; {most >> 10} KiB are enough.");
    }
}
