using System.Net;
using System.Net.Http.Json;
using Gateway.Fakes;
using Gateway.Providers;
using Gateway.Scenarios.Hostile;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>Sizes, expiry, several gateways, and engines that go away.</summary>
[Collection(nameof(DockerWorld))]
public sealed class DockerEngineTests(DockerWorld world)
{
    private const long GiB = 1L << 30;

    [Fact]
    public async Task A_gibibyte_passes_to_and_from_an_engine_in_constant_memory()
    {
        await using var gateway = await world.GatewayAsync();
        var http = gateway.Client;
        http.Timeout = TimeSpan.FromMinutes(2);
        var id = await http.CreateAsync();
        await http.UploadAsync(id, new byte[1 << 20], "warm");
        GC.Collect();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var peak = new PeakMemory();
        var file = (await http.SendUploadAsync(id, new PatternContent(GiB), "big.bin")).Ok();
        Assert.Equal(GiB, file.GetProperty("bytes").GetInt64());
        using var answer = await http.GetAsync($"/v1/containers/{id}/files/{file.Text("id")}/content", HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(GiB, answer.Content.Headers.ContentLength);
        Assert.Equal(GiB, await PatternContent.VerifyAsync(await answer.Content.ReadAsStreamAsync()));
        var used = peak.Stop() - before;
        Assert.True(used < 100 << 20, $"{used >> 20} MiB were in use");
        (await http.DeleteAsync($"/v1/containers/{id}")).Ok();
    }

    [Fact]
    public async Task File_over_the_limit_of_an_engine_is_refused()
    {
        await using var gateway = await world.GatewayAsync(maxFileBytes: 1000);
        var id = await gateway.Client.CreateAsync();
        Assert.Equal(
            (413, "file_too_large"),
            (await gateway.Client.SendUploadAsync(id, new ByteArrayContent(new byte[1001]))).Refused() is var (status, code, _)
                ? (status, code)
                : default);
        await gateway.Client.UploadAsync(id, new byte[1000]);
        Assert.Equal(["/mnt/data/a.bin"], (await gateway.Client.FilesAsync(id)).Data("path"));
    }

    [Fact]
    public async Task Two_gateways_expire_what_is_idle_and_nothing_else()
    {
        var clock = new ManualTime();
        await using var one = await world.GatewayAsync(time: clock, name: "shared");
        await using var two = await world.GatewayAsync(time: clock, name: "shared");
        await using var other = await world.GatewayAsync(name: "other");
        var idle = await one.Client.CreateAsync(new { name = "idle", expires_after = new { anchor = "last_active_at", minutes = 5 } });
        var busy = await one.Client.CreateAsync(new { name = "busy", expires_after = new { anchor = "last_active_at", minutes = 5 } });
        var file = (await one.Client.UploadAsync(busy, [1, 2, 3])).Text("id");
        var others = await other.Client.CreateAsync();
        var foreign = await world.Engine.CreateForeignAsync("foreign");
        var disguised = await world.Engine.CreateForeignAsync(
            "disguised",
            new Dictionary<string, string> { ["gateway.managed"] = "1", ["gateway.provider"] = "shared", ["gateway.expires_minutes"] = "1" });
        await world.Engine.CreateForeignAsync("cntr_shared_0123456789abcdef0123456789abcdef");

        // Used through one only, the other has to learn of it from the container.
        for (var use = 0; use < 4; use++)
        {
            clock.Advance(TimeSpan.FromSeconds(83));
            Assert.Equal([1, 2, 3], await two.Client.DownloadAsync(busy, file));
        }

        Assert.Equal("expired", (await one.Client.ReadAsync($"/v1/containers/{idle}")).Text("status"));
        Assert.Equal(
            (404, "Container is expired."),
            (await two.Client.GetAsync($"/v1/containers/{idle}/files")).Refused() is var (status, _, message) ? (status, message) : default);
        clock.Advance(TimeSpan.FromMinutes(2));
        await MaintainAsync(one, two);
        Assert.Null(await world.Engine.InspectAsync(idle));
        Assert.Equal(404, (await two.Client.GetAsync($"/v1/containers/{idle}")).Refused().Status);
        Assert.Equal([busy], (await one.Client.ReadAsync("/v1/containers")).Data("id"));
        Assert.Equal([1, 2, 3], await one.Client.DownloadAsync(busy, file));

        // A restart forgets nothing.
        await using (var third = await world.GatewayAsync(time: clock, name: "shared"))
        {
            clock.Advance(TimeSpan.FromMinutes(4));
            Assert.Equal("running", (await third.Client.ReadAsync($"/v1/containers/{busy}")).Text("status"));
            clock.Advance(TimeSpan.FromMinutes(30));
            await MaintainAsync(third, one, two);
            Assert.Null(await world.Engine.InspectAsync(busy));
        }

        foreach (var name in new[] { others, foreign, disguised, "cntr_shared_0123456789abcdef0123456789abcdef" })
        {
            Assert.Equal("running", (await world.Engine.InspectAsync(name))!.Value.GetProperty("State").Text("Status"));
        }

        foreach (var id in new[] { others, "foreign", foreign, disguised, "cntr_shared_0123456789abcdef0123456789abcdef" })
        {
            Assert.Equal(404, (await one.Client.GetAsync($"/v1/containers/{id}")).Refused().Status);
            Assert.Equal(404, (await one.Client.DeleteAsync($"/v1/containers/{id}")).Refused().Status);
            Assert.Equal(404, (await one.Client.GetAsync($"/v1/containers/{id}/files")).Refused().Status);
        }

        Assert.Empty((await one.Client.ReadAsync("/v1/containers")).Data("id"));
    }

    [Fact]
    public async Task An_engine_that_dies_mid_transfer_costs_only_the_transfer()
    {
        await using var gateway = await world.GatewayAsync();
        var http = gateway.Client;
        var id = await http.CreateAsync();
        await world.Engine.RunAsync(id, "dd if=/dev/zero of=big bs=1M count=200 2>/dev/null");
        var big = (await http.FilesAsync(id)).Data("id")[0];

        using var download = await http.GetAsync($"/v1/containers/{id}/files/{big}/content", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await download.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[1 << 20]);
        await world.Engine.KillAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => body.CopyToAsync(Stream.Null));
        var (listed, why, _) = (await http.GetAsync("/v1/containers")).Refused();
        Assert.Equal((503, "engine_unreachable"), (listed, why));
        Assert.Equal(503, (await http.SendUploadAsync(id, new ByteArrayContent([1]))).Refused().Status);
        await world.Engine.RestartAsync();
        Assert.Equal(200 << 20, (await http.DownloadAsync(id, big)).Length);

        // The upload is in the gateway's hands when the engine goes: nothing of it may show.
        await using (var client = await RawClient.ConnectAsync(gateway))
        {
            await client.SendAsync(
                $"POST /v1/containers/{id}/files HTTP/1.1\r\nHost: gateway\r\nContent-Type: multipart/form-data; boundary=B\r\n"
                    + $"Content-Length: {32 << 20}\r\n\r\n"
                + "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"half.bin\"\r\n\r\n");
            await client.SendAsync(new byte[16 << 20]);
            await world.Engine.UntilAsync(id, "/.gateway/in");
            await world.Engine.KillAsync();
            Refusal.Of(await client.ReceiveAsync(), 502);
        }

        await world.Engine.RestartAsync();
        Assert.Equal([big], (await http.FilesAsync(id)).Data("id"));
        await http.UploadAsync(id, [1, 2], "half.bin");
        (await http.DeleteAsync($"/v1/containers/{id}")).Ok();
    }

    [Fact]
    public async Task States_of_an_engines_container_are_told_as_they_are()
    {
        await using var gateway = await world.GatewayAsync();
        var http = gateway.Client;
        var id = await http.CreateAsync();
        await world.Engine.ActAsync(id, "pause");
        Assert.Equal("running", (await http.ReadAsync($"/v1/containers/{id}")).Text("status"));
        Assert.Equal(409, (await http.GetAsync($"/v1/containers/{id}/files")).Refused().Status);
        await world.Engine.ActAsync(id, "unpause");
        Assert.Empty((await http.FilesAsync(id)).Data("id"));
        await world.Engine.ActAsync(id, "kill");
        await world.Engine.WaitAsync(id);
        Assert.Equal("expired", (await http.ReadAsync($"/v1/containers/{id}")).Text("status"));
        Assert.Equal(404, (await http.SendUploadAsync(id, new ByteArrayContent([1]))).Refused().Status);
        (await http.DeleteAsync($"/v1/containers/{id}")).Ok();
    }

    [Fact]
    public async Task Mistake_of_a_docker_configuration_is_said_clearly()
    {
        await using var gateway = await world.GatewayAsync(
            """, "images": { "4g": "localhost/no:such" }, "command": ["/bin/no-such-program"]""", name: "wrong");
        var http = gateway.Client;
        var (status, code, message) = (await http.PostAsJsonAsync("/v1/containers", new { name = "x", memory_limit = "4g" })).Refused();
        Assert.Equal((503, "image_pull_failed"), (status, code));
        Assert.Contains("could not pull the image 'localhost/no:such': ", message, StringComparison.Ordinal);
        (status, _, message) = (await http.PostAsJsonAsync("/v1/containers", new { name = "x" })).Refused();
        Assert.Equal(502, status);
        Assert.Contains("no-such-program", message, StringComparison.Ordinal);
        Assert.DoesNotContain(await world.Engine.NamesAsync(), name => name.StartsWith("cntr_wrong_", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_doctor_finds_an_engine_behind_its_socket()
    {
        var folder = Directory.CreateTempSubdirectory("doctor-").FullName;
        foreach (var (path, code) in new[] { (world.Engine.SocketPath, 0), (world.Engine.SocketPath + "x", 1) })
        {
            var config = System.IO.Path.Combine(folder, "gateway.json");
            await File.WriteAllTextAsync(
                config, $$"""{ "data_directory": "{{folder}}", "providers": { "docker": { "docker_config": { "host": "unix://{{path}}" } } } }""");
            using var output = new StringWriter();
            Assert.Equal((code, path), (await Hosting.Doctor.RunAsync(config, _ => null, folder, output), path));
            Assert.Contains(path, output.ToString(), StringComparison.Ordinal);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Twenty_thousand_files_and_deep_trees_are_listed()
    {
        await using var gateway = await world.GatewayAsync();
        var http = gateway.Client;
        var id = await http.CreateAsync();
        await world.Engine.RunAsync(
            id,
            "mkdir many && cd many && seq 20000 | while read i; do : > $i; done; cd ..; i=0; while [ $i -lt 100 ]; do mkdir d && cd d; "
                + "i=$((i+1)); done; : > end");
        var page = await http.FilesAsync(id, "limit=100");
        Assert.Equal(100, page.GetProperty("data").GetArrayLength());
        Assert.True(page.GetProperty("has_more").GetBoolean());
        (await http.DeleteAsync($"/v1/containers/{id}")).Ok();
    }

    /// <summary>Two rounds of the reapers in every gateway, at the same time.</summary>
    private static async Task MaintainAsync(params RunningGateway[] gateways)
    {
        for (var round = 0; round < 2; round++)
        {
            await Task.WhenAll(
                gateways.Select(
                    gateway => gateway.Services.GetServices<IHostedService>().OfType<Maintenance>().Single().RunOnceAsync(CancellationToken.None)));
        }
    }

    private sealed class PeakMemory : IDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task<long> _watch;

        public PeakMemory() => _watch = Task.Run(async () =>
        {
            var peak = 0L;
            while (!_stop.IsCancellationRequested)
            {
                peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
                await Task.Delay(20);
            }

            return peak;
        });

        public long Stop()
        {
            _stop.Cancel();
            return _watch.GetAwaiter().GetResult();
        }

        public void Dispose() => _stop.Dispose();
    }

    /// <summary>Bytes that can be told apart by their place, made as they are sent.</summary>
    private sealed class PatternContent(long length) : HttpContent
    {
        private static readonly byte[] s_piece = MakePiece();

        public static async Task<long> VerifyAsync(Stream body)
        {
            var buffer = new byte[s_piece.Length];
            var total = 0L;
            while (await body.ReadAsync(buffer) is > 0 and var read)
            {
                for (var at = 0; at < read;)
                {
                    var start = (int)((total + at) % s_piece.Length);
                    var count = Math.Min(read - at, s_piece.Length - start);
                    Assert.True(buffer.AsSpan(at, count).SequenceEqual(s_piece.AsSpan(start, count)));
                    at += count;
                }

                total += read;
            }

            return total;
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            for (var sent = 0L; sent < length;)
            {
                var count = (int)Math.Min(s_piece.Length, length - sent);
                await stream.WriteAsync(s_piece.AsMemory(0, count));
                sent += count;
            }
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }

        private static byte[] MakePiece()
        {
            var piece = new byte[99_991];
            new Random(7).NextBytes(piece);
            return piece;
        }
    }
}
