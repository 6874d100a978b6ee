using System.Diagnostics;
using System.Formats.Tar;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Gateway.Fakes;

namespace Gateway.Benchmarks;

/// <summary>
/// A file into a container of a real engine and out of it, through the gateway and by the engine's own archive calls, with curl both times and turn by
/// turn. Best of the rounds: everything that disturbs only ever adds.
/// </summary>
internal static class DockerRuns
{
    private const int Rounds = 5;

    public static async Task RunAsync(string gatewayPath)
    {
        await using var engine = await PodmanEngine.StartAsync();
        var world = await GatewayWorld.CreateAsync(
            "docker",
            $$"""{ "docker_config": { "host": "unix://{{engine.SocketPath}}", "image": "{{PodmanEngine.Image}}", "ulimits": { "nofile": 1024, "nproc": 1000 } } }""",
            "information");
        var (gateway, _) = await world.StartGatewayAsync(gatewayPath);
        using (gateway)
        {
            var (file, archive) = await WriteFilesAsync(world.Directory);
            using var client = new HttpClient();
            using var created = await client.PostAsJsonAsync(world.Url + "/v1/containers", new { name = "bench" });
            var id = Id(await created.Content.ReadAsStringAsync());
            var files = $"{world.Url}/v1/containers/{id}/files";
            var engineArchive = $"http://engine/v1.41/containers/{id}/archive?path=/mnt/data";
            string[] overSocket = ["--unix-socket", engine.SocketPath];

            var uploaded = Id((await CurlAsync("-F", $"file=@{file}", files)).Output);
            await CurlAsync([.. overSocket, "-T", archive, engineArchive]);
            gateway.ResetPeak();
            var before = gateway.ResidentBytes;
            var (plainUp, up, plainDown, down) = (double.MaxValue, double.MaxValue, double.MaxValue, double.MaxValue);
            for (var round = 0; round < Rounds; round++)
            {
                plainUp = Math.Min(plainUp, (await CurlAsync([.. overSocket, "-T", archive, engineArchive])).Seconds);
                up = Math.Min(up, (await CurlAsync("-F", $"file=@{file}", files)).Seconds);
                plainDown = Math.Min(plainDown, (await CurlAsync([.. overSocket, "-o", "/dev/null", engineArchive + "/big.bin"])).Seconds);
                down = Math.Min(down, (await CurlAsync("-o", "/dev/null", $"{files}/{uploaded}/content")).Seconds);
            }

            var growth = (gateway.PeakResidentBytes - before) / (1024.0 * 1024);
            Print("upload", plainUp, up);
            Print("download", plainDown, down);
            Console.WriteLine($"docker, memory             resident memory grew by at most {growth:0.0} MiB   (bound: 64 MiB)");
        }

        world.Delete();
    }

    private static void Print(string what, double plain, double ours) => Console.WriteLine(
        $"docker, {what,-18} engine {Roles.BigFile / plain / (1 << 20):0} MiB/s, gateway {Roles.BigFile / ours / (1 << 20):0} MiB/s, gateway / engine = {plain / ours:0.00}   (bound: 0.80)");

    private static async Task<(double Seconds, string Output)> CurlAsync(params string[] arguments)
    {
        using var curl = Process.Start(new ProcessStartInfo("curl", ["-sS", "--fail", "-w", "\n%{time_total}", .. arguments]) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var output = await curl.StandardOutput.ReadToEndAsync();
        await curl.WaitForExitAsync();
        var end = output.LastIndexOf('\n');
        return curl.ExitCode == 0
            ? (double.Parse(output.AsSpan(end + 1), CultureInfo.InvariantCulture), output[..end])
            : throw new InvalidOperationException($"curl {string.Join(' ', arguments)}: {output}");
    }

    private static string Id(string json) => JsonDocument.Parse(json).RootElement.GetProperty("id").GetString()!;

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
