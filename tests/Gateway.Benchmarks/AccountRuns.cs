namespace Gateway.Benchmarks;

/// <summary>What several accounts cost a call about a container: a thousand containers over 16 accounts, and over one, side by side.</summary>
internal static class AccountRuns
{
    private const int Connections = 8;
    private const int Requests = 20_000;
    private const int Rounds = 5;

    public static async Task RunAsync(string gatewayPath, string upstreamUrl)
    {
        var single = await GatewayWorld.CreateAsync(upstreamUrl);
        var several = await GatewayWorld.CreateAsync(upstreamUrl, accounts: Roles.MaxAccounts);
        var (one, _) = await single.StartGatewayAsync(gatewayPath);
        var (sixteen, _) = await several.StartGatewayAsync(gatewayPath);
        using (one)
        using (sixteen)
        {
            using var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = Connections });
            Series[] all =
            [
                new("1 account", one, single.Url + "/v1/containers/cntr_{n}", single.AdminUrl + "/metrics"),
                new("16 accounts", sixteen, several.Url + "/v1/containers/cntr_{n}", several.AdminUrl + "/metrics"),
            ];

            // The first round finds the owners.
            foreach (var series in all)
            {
                await series.WarmUpAsync(client, Connections);
            }

            for (var round = 0; round < Rounds; round++)
            {
                foreach (var series in all)
                {
                    await series.LoadAsync(client, Connections, Requests);
                }
            }

            Console.WriteLine(all[0]);
            Console.WriteLine(all[1]);
            Console.WriteLine(
                "accounts, CPU per request  16 accounts / 1 account = "
                    + $"{all[1].CpuMicroseconds / all[0].CpuMicroseconds:0.00}   (bound: 0.90 to 1.10)");
        }

        single.Delete();
        several.Delete();
    }
}
