using System.Diagnostics;
using System.Net;

namespace Gateway.Benchmarks;

/// <summary>A 1 GiB upload and a 1 GiB download: how much memory they take, and how soon the first byte gets through.</summary>
internal static class FileRuns
{
    public static async Task RunAsync(MeasuredProcess gateway, string gatewayUrl, string upstreamUrl)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(5) };
        await MeasureAsync("upload", gateway, () => UploadAsync(client, gatewayUrl, 1 << 20));
        await MeasureAsync("upload 1 GiB", gateway, () => UploadAsync(client, gatewayUrl, Roles.BigFile));
        await MeasureAsync("download 1 GiB", gateway, () => DownloadAsync(client, gatewayUrl));
        await FirstByteAsync(client, gatewayUrl, upstreamUrl);
    }

    private static async Task MeasureAsync(string name, MeasuredProcess gateway, Func<Task> transfer)
    {
        gateway.ResetPeak();
        var before = gateway.ResidentBytes;
        var clock = Stopwatch.StartNew();
        await transfer();
        var growth = (gateway.PeakResidentBytes - before) / (1024.0 * 1024);
        Console.WriteLine($"{name,-26} {clock.Elapsed.TotalSeconds:0.0} s, resident memory grew by at most {growth:0.0} MiB   (bound: 64 MiB)");
    }

    private static async Task UploadAsync(HttpClient client, string gatewayUrl, long length)
    {
        using var form = new MultipartFormDataContent { { new Zeros(length, null), "file", "big.bin" } };
        using var answer = await client.PostAsync($"{gatewayUrl}/v1/containers/cntr_1/files", form);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task DownloadAsync(HttpClient client, string gatewayUrl)
    {
        using var answer = await client.GetAsync(
            $"{gatewayUrl}/v1/containers/cntr_1/files/cfile_1/content", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var buffer = new byte[64 * 1024];
        var total = 0L;
        int read;
        while ((read = await body.ReadAsync(buffer)) > 0)
        {
            total += read;
        }

        if (total != Roles.BigFile)
        {
            throw new InvalidOperationException($"{total} bytes arrived.");
        }
    }

    /// <summary>The client stops after less than 1 MiB and goes on only once the upstream says that it has seen the first byte.</summary>
    private static async Task FirstByteAsync(HttpClient client, string gatewayUrl, string upstreamUrl)
    {
        var before = await client.GetStringAsync(upstreamUrl + "/first-byte");
        async Task Gate()
        {
            var clock = Stopwatch.StartNew();
            while (await client.GetStringAsync(upstreamUrl + "/first-byte") == before)
            {
                if (clock.Elapsed > TimeSpan.FromSeconds(10))
                {
                    throw new InvalidOperationException("The upstream has seen nothing of an upload whose first 512 KiB are sent.");
                }

                await Task.Delay(5);
            }
        }

        using var form = new MultipartFormDataContent { { new Zeros(4 << 20, Gate), "file", "gated.bin" } };
        using var answer = await client.PostAsync($"{gatewayUrl}/v1/containers/cntr_1/files", form);
        answer.EnsureSuccessStatusCode();
        Console.WriteLine("upload, first byte         reached the upstream before the client had sent 512 KiB   (bound: 1 MiB)");
    }

    /// <summary>Zero bytes of a given number, with a gate to pass after the first 512 KiB.</summary>
    private sealed class Zeros(long length, Func<Task>? gate) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var block = new byte[64 * 1024];
            for (var sent = 0L; sent < length; sent += block.Length)
            {
                if (sent == 512 * 1024 && gate is not null)
                {
                    await stream.FlushAsync();
                    await gate();
                }

                await stream.WriteAsync(block.AsMemory(0, (int)Math.Min(block.Length, length - sent)));
            }
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }
}
