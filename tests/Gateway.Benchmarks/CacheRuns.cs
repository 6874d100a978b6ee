using System.Diagnostics;
using System.Globalization;
using Gateway.Fakes;

namespace Gateway.Benchmarks;

/// <summary>What a cached list costs: against the same bytes from a bare Kestrel endpoint, and against the uncached list through bare YARP.</summary>
internal static class CacheRuns
{
    private const string List = "/v1/containers?as=memory";
    private const string SlowList = "/v1/containers?as=neighbour";
    private const int Connections = 32;
    private const int Requests = 40_000;
    private const int Rounds = 5;
    private const int Questions = 1_000_000;

    /// <summary>Requests per second and CPU per request, in one run.</summary>
    public static async Task HitsAsync(string gatewayPath, string upstreamUrl, MeasuredProcess yarp, string yarpUrl)
    {
        var world = await GatewayWorld.CreateAsync(upstreamUrl, cache: """{ "ttl_seconds": 86400 }""");
        var redisPort = Ports.Free();
        var shared = await GatewayWorld.CreateAsync(upstreamUrl, cache: $$"""{ "ttl_seconds": 86400, "redis": "127.0.0.1:{{redisPort}}" }""");
        using var redis = Process.Start(
            new ProcessStartInfo(
                "redis-server",
                $"--port {redisPort} --bind 127.0.0.1 --save \"\" --appendonly no") { UseShellExecute = false, RedirectStandardOutput = true })!;
        _ = redis.StandardOutput.ReadToEndAsync();
        var (gateway, _) = await world.StartGatewayAsync(gatewayPath);
        var (overRedis, _) = await shared.StartGatewayAsync(gatewayPath);
        var file = System.IO.Path.Combine(world.Directory, "answer.json");
        using (var client = new HttpClient())
        {
            await client.GetStringAsync(world.Url + List);
            await File.WriteAllTextAsync(file, await client.GetStringAsync(world.Url + List));
        }

        var port = Ports.Free();
        var (kestrel, _) = await MeasuredProcess.StartAsync(
            Environment.ProcessPath!, ["bytes", $"{port}", file], $"http://127.0.0.1:{port}{List}");
        using (gateway)
        using (overRedis)
        using (kestrel)
        {
            Target[] targets =
            [
                new("Kestrel, same bytes", kestrel, $"http://127.0.0.1:{port}"), new("gateway, hit", gateway, world.Url),
                new("gateway, hit, Redis", overRedis, shared.Url), new("bare YARP, uncached", yarp, yarpUrl),
                new("the same, after 5 ms", yarp, yarpUrl, SlowList, Requests / 10),
            ];
            for (var round = 0; round <= Rounds; round++)
            {
                foreach (var target in targets)
                {
                    await target.LoadAsync(keep: round > 0);
                }
            }

            foreach (var target in targets)
            {
                Console.WriteLine($"cache, {target.Name,-20} {target.Cpu,6:0.0} µs CPU/request  {target.PerSecond,8:0} requests/s");
            }

            var (kestrelRate, hit, redisHit, atOnce, later) =
                (targets[0].PerSecond, targets[1].PerSecond, targets[2].PerSecond, targets[3].PerSecond, targets[4].PerSecond);
            Console.WriteLine($"cache, requests/s           hit / Kestrel = {hit / kestrelRate:0.00}   (bound: 0.70)");
            Console.WriteLine(
                $"cache, requests/s           hit / uncached through bare YARP = {hit / later:0.0}   (bound: 5); upstream from memory "
                    + $"at once: {hit / atOnce:0.0}");
            Console.WriteLine(
                $"cache, requests/s           hit with Redis / uncached through bare YARP = {redisHit / later:0.0}   (bound: 2); at "
                    + $"once: {redisHit / atOnce:0.0}");
        }

        redis.Kill();
        world.Delete();
        shared.Delete();
    }

    /// <summary>Memory under a million different questions.</summary>
    public static async Task QuestionsAsync(string gatewayPath, string upstreamUrl)
    {
        var world = await GatewayWorld.CreateAsync(upstreamUrl, logLevel: "warning", cache: """{ "ttl_seconds": 86400, "max_size_mb": 64 }""");
        var (gateway, _) = await world.StartGatewayAsync(gatewayPath);
        using (gateway)
        {
            await RawLoad.RunAsync(world.Url, Target, Connections, Requests);
            var before = gateway.ResidentBytes;
            gateway.ResetPeak();
            await RawLoad.RunAsync(world.Url, index => Target(index + Requests), Connections, Questions);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"cache, {Questions:N0} different questions: memory grew by {(gateway.PeakResidentBytes - before) / 1048576.0:0} MiB from "
                    + $"{before / 1048576.0:0} MiB   (max_size_mb: 64)"));
        }

        world.Delete();

        static string Target(int index) => $"{List}&name=n{index}";
    }

    private sealed class Target(string name, MeasuredProcess process, string url, string list = List, int requests = Requests)
    {
        private readonly List<(double Cpu, double PerSecond)> _rounds = [];

        public string Name => name;

        public double Cpu => _rounds.Min(round => round.Cpu);

        public double PerSecond => _rounds.Max(round => round.PerSecond);

        public async Task LoadAsync(bool keep)
        {
            var cpu = process.Cpu;
            var elapsed = await RawLoad.RunAsync(url, _ => list, Connections, requests);
            if (keep)
            {
                _rounds.Add(((process.Cpu - cpu).TotalMicroseconds / requests, requests / elapsed.TotalSeconds));
            }
        }
    }
}
