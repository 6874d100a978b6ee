namespace Gateway.Benchmarks;

/// <summary>
/// What watching costs: the same gateway with everything off, with metrics alone, with its defaults (metrics and a log line), and with every signal
/// sent over OTLP, of a tenth of the traces and of all, side by side.
/// </summary>
internal static class TelemetryRuns
{
    private const int Connections = 8;
    private const int Requests = 3_000;
    private const int Rounds = 45;

    public static async Task RunAsync(string gatewayPath, string upstreamUrl)
    {
        var quiet = await GatewayWorld.CreateAsync(upstreamUrl, "none");
        var measured = await GatewayWorld.CreateAsync(upstreamUrl, "none");
        var normal = await GatewayWorld.CreateAsync(upstreamUrl);
        var sampled = await GatewayWorld.CreateAsync(upstreamUrl);
        var full = await GatewayWorld.CreateAsync(upstreamUrl);
        (string, string)[] overOtlp = [("OTEL_EXPORTER_OTLP_ENDPOINT", upstreamUrl + "/otlp"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")];
        var (off, _) = await quiet.StartGatewayAsync(gatewayPath, ("OTEL_SDK_DISABLED", "true"));
        var (metrics, _) = await measured.StartGatewayAsync(gatewayPath);
        var (on, _) = await normal.StartGatewayAsync(gatewayPath);
        var (tenth, _) = await sampled.StartGatewayAsync(
            gatewayPath, [.. overOtlp, ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.1")]);
        var (otlp, _) = await full.StartGatewayAsync(gatewayPath, overOtlp);
        using (off)
        using (metrics)
        using (on)
        using (tenth)
        using (otlp)
        {
            using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections });
            Series[] all =
            [
                new("telemetry off", off, quiet.Url + "/v1/containers/cntr_1?provider=openai", null),
                new("metrics only", metrics, measured.Url + "/v1/containers/cntr_1?provider=openai", null),
                new("defaults", on, normal.Url + "/v1/containers/cntr_1?provider=openai", null),
                new("OTLP, 1 of 10", tenth, sampled.Url + "/v1/containers/cntr_1?provider=openai", null),
                new("with OTLP", otlp, full.Url + "/v1/containers/cntr_1?provider=openai", null),
            ];
            foreach (var series in all)
            {
                await series.WarmUpAsync(client, Connections);
            }

            // Short rounds in turn, so that whatever else the machine does meets all alike; every other round backwards.
            for (var round = 0; round < Rounds; round++)
            {
                foreach (var series in round % 2 == 0 ? all : [.. all.Reverse()])
                {
                    await series.LoadAsync(client, Connections, Requests);
                }
            }

            foreach (var series in all)
            {
                Console.WriteLine(series);
            }

            foreach (var series in all[1..])
            {
                Console.WriteLine(
                    $"telemetry, CPU per request {series.Name} / off = {series.CpuRatioTo(all[0]):0.00}   (median of {Rounds} rounds; best "
                        + $"{series.CpuMicroseconds / all[0].CpuMicroseconds:0.00}; bound: 1.10)");
            }
        }

        quiet.Delete();
        measured.Delete();
        normal.Delete();
        sampled.Delete();
        full.Delete();
    }
}
