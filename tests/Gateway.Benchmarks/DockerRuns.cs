using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.Net.Http.Json;
using Gateway.Fakes;

namespace Gateway.Benchmarks;

/// <summary>
/// A file into a container of a real engine and out of it, through the gateway, by the engine's own archive calls, and by those calls through a relay
/// that does nothing but copy: what anything between the two costs at least on this machine. With curl each time and turn by turn. Best of the
/// rounds: everything that disturbs only ever adds.
/// </summary>
internal static class DockerRuns
{
    private const int Rounds = 6;
    private const int WarmUp = 2;

    public static async Task RunAsync(string gatewayPath)
    {
        await using var engine = await PodmanEngine.StartAsync();
        var world = await GatewayWorld.CreateAsync(
            "docker",
            $$"""
            { "docker_config": {
              "host": "unix://{{engine.SocketPath}}", "image": "{{PodmanEngine.Image}}", "ulimits": { "nofile": 1024, "nproc": 1000 } } }
            """,
            "information");
        var (gateway, _) = await world.StartGatewayAsync(gatewayPath);
        var relayPort = Ports.Free();
        var relayUrl = $"http://127.0.0.1:{relayPort}";
        var (relay, _) = await MeasuredProcess.StartAsync(
            Environment.ProcessPath!, ["relay", $"{relayPort}", engine.SocketPath], relayUrl + "/_ping");
        using (gateway)
        using (relay)
        {
            var (file, archive) = await WriteFilesAsync(world.Directory);
            using var client = new HttpClient();
            using var created = await client.PostAsJsonAsync(world.Url + "/v1/containers", new { name = "bench" });
            var id = ApiCalls.Id(await created.Content.ReadAsStringAsync());
            var files = $"{world.Url}/v1/containers/{id}/files";
            var engineArchive = $"http://engine/v1.41/containers/{id}/archive?path=/mnt/data";
            string[] overSocket = ["--unix-socket", engine.SocketPath];
            string[] overRelay = ["--connect-to", $"::127.0.0.1:{relayPort}"];

            string[] Up(string[] way) => [.. way, "-H", "Connection: close", "-T", archive, engineArchive];
            string[] Down(string[] way) => [.. way, "-H", "Connection: close", "-o", "/dev/null", engineArchive + "/big.bin"];
            var uploaded = ApiCalls.Id((await CurlAsync("-F", $"file=@{file}", files)).Output);
            string[][] calls =
            [
                Up(overSocket), Up(overRelay), ["-F", $"file=@{file}", files],
                Down(overSocket), Down(overRelay), ["-o", "/dev/null", $"{files}/{uploaded}/content"],
            ];

            // The first rounds only warm up: they are the runtime's compiling and the file system's first writes.
            var best = calls.Select(_ => double.MaxValue).ToArray();
            var before = 0L;
            for (var round = -WarmUp; round < Rounds; round++)
            {
                if (round == 0)
                {
                    gateway.ResetPeak();
                    before = gateway.ResidentBytes;
                }

                for (var call = 0; call < calls.Length; call++)
                {
                    var seconds = (await CurlAsync(calls[call])).Seconds;
                    best[call] = round < 0 ? best[call] : Math.Min(best[call], seconds);
                }
            }

            var growth = (gateway.PeakResidentBytes - before) / (1024.0 * 1024);
            Print("upload", best.AsSpan(0, 3));
            Print("download", best.AsSpan(3, 3));
            Console.WriteLine($"docker, memory             resident memory grew by at most {growth:0.0} MiB   (bound: 64 MiB)");
        }

        world.Delete();
    }

    private static void Print(string what, ReadOnlySpan<double> seconds)
    {
        var (engine, relay, ours) = (seconds[0], seconds[1], seconds[2]);
        static string Speed(double seconds) => (Roles.BigFile / seconds / (1 << 20)).ToString("0", CultureInfo.InvariantCulture);
        Console.WriteLine(
            $"docker, {what,-18} engine {Speed(engine)} MiB/s, bare relay {Speed(relay)}, gateway {Speed(ours)}; "
            + $"gateway / engine = {engine / ours:0.00}   (bound: 0.80), gateway / relay = {relay / ours:0.00}, relay / "
                + $"engine = {engine / relay:0.00}");
    }

    private static async Task<(double Seconds, string Output)> CurlAsync(params string[] arguments)
    {
        using var curl = Process.Start(
            new ProcessStartInfo(
                "curl", ["-sS", "--fail", "-w", "\n%{time_total}", .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = await curl.StandardOutput.ReadToEndAsync();
        await curl.WaitForExitAsync();
        var end = output.LastIndexOf('\n');
        return curl.ExitCode == 0
            ? (double.Parse(output.AsSpan(end + 1), CultureInfo.InvariantCulture), output[..end])
            : throw new InvalidOperationException($"curl {string.Join(' ', arguments)}: {output}");
    }

    /// <summary>The file, and an archive of it as the engine's own call takes it.</summary>
    private static async Task<(string File, string Archive)> WriteFilesAsync(string directory)
    {
        var (file, archive) = (System.IO.Path.Combine(directory, "big.bin"), System.IO.Path.Combine(directory, "big.tar"));
        await using (var stream = File.Create(file))
        {
            var block = new byte[1 << 20];
            for (var written = 0L; written < Roles.BigFile; written += block.Length)
            {
                Random.Shared.NextBytes(block);
                await stream.WriteAsync(block);
            }
        }

        await using (var writer = new TarWriter(File.Create(archive)))
        {
            await writer.WriteEntryAsync(file, "big.bin");
        }

        return (file, archive);
    }
}
