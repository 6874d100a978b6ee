using Gateway.Fakes;

namespace Gateway.Benchmarks;

/// <summary>One run: starts upstream, bare YARP and the published gateway, measures, prints ratios.</summary>
internal static class Run
{
    private const int Connections = 8;
    private const int Requests = 4_000;
    private const int Rounds = 75;
    private const int SparseRequests = 400;
    private const int SparseRounds = 15;

    public static int Usage()
    {
        Console.Error.WriteLine(
            "usage: Gateway.Benchmarks PATH-OF-THE-PUBLISHED-GATEWAY [retrieve] [files] [start] [telemetry] [accounts] [lists] [cache] [ledger] "
                + "[docker] [questions]   (see README.md)");
        return 2;
    }

    public static async Task<int> AllAsync(string gatewayPath, string[] only)
    {
        if (only.Length == 0 || only.Contains("docker"))
        {
            await DockerRuns.RunAsync(gatewayPath);
        }

        if (only is ["docker"])
        {
            return 0;
        }

        var self = Environment.ProcessPath!;
        var (upstreamPort, yarpPort) = (Ports.Free(), Ports.Free());
        var upstreamUrl = $"http://127.0.0.1:{upstreamPort}";
        var world = await GatewayWorld.CreateAsync(upstreamUrl);
        var (upstream, _) = await MeasuredProcess.StartAsync(self, ["upstream", $"{upstreamPort}"], upstreamUrl + "/v1/containers/cntr_1");
        var (yarp, _) = await MeasuredProcess.StartAsync(self, ["yarp", $"{yarpPort}", upstreamUrl], $"http://127.0.0.1:{yarpPort}/allocated");
        using (upstream)
        using (yarp)
        {
            bool Wanted(string name) => only.Length == 0 || only.Contains(name);
            if (Wanted("start"))
            {
                await StartAsync(gatewayPath, world);
            }

            if (Wanted("cache"))
            {
                await CacheRuns.HitsAsync(gatewayPath, upstreamUrl, yarp, $"http://127.0.0.1:{yarpPort}");
            }

            if (only.Contains("questions"))
            {
                await CacheRuns.QuestionsAsync(gatewayPath, upstreamUrl);
            }

            if (Wanted("telemetry"))
            {
                await TelemetryRuns.RunAsync(gatewayPath, upstreamUrl);
            }

            if (Wanted("accounts"))
            {
                await AccountRuns.RunAsync(gatewayPath, upstreamUrl);
            }

            if (Wanted("lists"))
            {
                await ListRuns.RunAsync(gatewayPath, upstreamUrl);
            }

            if (Wanted("ledger"))
            {
                await LedgerRuns.RunAsync();
            }

            var (gateway, _) = await world.StartGatewayAsync(gatewayPath);
            using (gateway)
            {
                if (Wanted("retrieve"))
                {
                    await RetrieveAsync(upstream, upstreamUrl, yarp, $"http://127.0.0.1:{yarpPort}", gateway, world);
                }

                if (Wanted("files"))
                {
                    await FileRuns.RunAsync(gateway, world.Url, upstreamUrl);
                }
            }
        }

        world.Delete();
        return 0;
    }

    private static async Task StartAsync(string gatewayPath, GatewayWorld world)
    {
        var times = new List<double>();
        for (var i = 0; i < 5; i++)
        {
            var (process, until) = await world.StartGatewayAsync(gatewayPath);
            process.Dispose();
            times.Add(until.TotalMilliseconds);
        }

        Console.WriteLine($"start to first answer      best {times.Min():0} ms, median {times.Order().ElementAt(2):0} ms   (bound: 600 ms)");
    }

    private static async Task RetrieveAsync(
        MeasuredProcess upstream, string upstreamUrl, MeasuredProcess yarp, string yarpUrl, MeasuredProcess gateway, GatewayWorld world)
    {
        using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections });
        var direct = new Series("direct", upstream, upstreamUrl + "/v1/containers/cntr_1", null);
        var bare = new Series("bare YARP", yarp, yarpUrl + "/v1/containers/cntr_1", yarpUrl + "/allocated");
        var ours = new Series("gateway", gateway, world.Url + "/v1/containers/cntr_1?provider=openai", world.AdminUrl + "/metrics");
        foreach (var series in new[] { direct, bare, ours })
        {
            await series.WarmUpAsync(client, Connections);
        }

        for (var round = 0; round < Rounds; round++)
        {
            // Every other round backwards, so that whatever else the machine does meets all alike.
            foreach (var series in round % 2 == 0 ? new[] { direct, bare, ours } : [ours, bare, direct])
            {
                await series.LoadAsync(client, Connections, Requests);
            }
        }

        foreach (var series in new[] { direct, bare, ours })
        {
            Console.WriteLine(series);
        }

        Console.WriteLine(
            $"retrieve, CPU per request  gateway / bare YARP = {ours.CpuRatioTo(bare):0.00}   (median of {Rounds} rounds; best "
                + $"{ours.CpuMicroseconds / bare.CpuMicroseconds:0.00}; bound: 1.20)");
        Console.WriteLine($"retrieve, requests/s       gateway / bare YARP = {ours.PerSecond / bare.PerSecond:0.00}");
        await SparseAsync(client, yarp, yarpUrl, gateway, world);
    }

    /// <summary>A gateway is seldom busy: what a request costs when there is one a millisecond, and threads go to sleep in between.</summary>
    private static async Task SparseAsync(HttpClient client, MeasuredProcess yarp, string yarpUrl, MeasuredProcess gateway, GatewayWorld world)
    {
        var bare = new Series("bare YARP", yarp, yarpUrl + "/v1/containers/cntr_1", null);
        var ours = new Series("gateway", gateway, world.Url + "/v1/containers/cntr_1?provider=openai", null);
        for (var round = 0; round < SparseRounds; round++)
        {
            foreach (var series in round % 2 == 0 ? new[] { bare, ours } : [ours, bare])
            {
                await series.LoadAsync(client, connections: 1, SparseRequests, pause: TimeSpan.FromMilliseconds(1));
            }
        }

        Console.WriteLine(
            $"retrieve, one a millisecond  gateway {ours.MedianCpuMicroseconds:0} µs, bare YARP {bare.MedianCpuMicroseconds:0} µs CPU/request = "
                + $"{ours.CpuRatioTo(bare):0.00}   (median of {SparseRounds} rounds)");
    }
}
