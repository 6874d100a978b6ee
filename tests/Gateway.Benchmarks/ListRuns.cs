using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Gateway.Benchmarks;

/// <summary>A list merged over 16 accounts against the slowest of the calls it is made of, in turn; first pages and those behind a cursor.</summary>
internal static class ListRuns
{
    private const int Rounds = 30;

    public static async Task RunAsync(string gatewayPath, string upstreamUrl)
    {
        var world = await GatewayWorld.CreateAsync(upstreamUrl, accounts: Roles.MaxAccounts);
        var (gateway, _) = await world.StartGatewayAsync(gatewayPath);
        using (gateway)
        {
            using var client = new HttpClient();
            var (slowest, first, later) = (new List<double>(), new List<double>(), new List<double>());
            for (var round = -3; round < Rounds; round++)
            {
                var direct = await TimeAsync(client, $"{upstreamUrl}/v1/containers?limit=20", $"sk-bench-{Roles.MaxAccounts - 1}");
                var page = await TimeAsync(client, $"{world.Url}/v1/containers?limit=20", "client");
                var next = await TimeAsync(client, $"{world.Url}/v1/containers?limit=20&after={page.LastId}", "client");

                // The first rounds warm up.
                if (round >= 0)
                {
                    slowest.Add(direct.Milliseconds);
                    first.Add(page.Milliseconds);
                    later.Add(next.Milliseconds);
                }
            }

            Print("first page", first, slowest);
            Print("page behind a cursor", later, slowest);
        }

        world.Delete();
    }

    private static void Print(string what, List<double> merged, List<double> slowest) => Console.WriteLine(
        $"lists, {what,-21} merged {Median(merged):0} ms / slowest upstream call {Median(slowest):0} ms = "
            + $"{Median(merged) / Median(slowest):0.00}   (bound: 1.50)");

    private static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);

    private static async Task<(double Milliseconds, string LastId)> TimeAsync(HttpClient client, string url, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url)
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
        };
        var clock = Stopwatch.StartNew();
        using var answer = await client.SendAsync(request);
        var body = await answer.Content.ReadAsByteArrayAsync();
        var elapsed = clock.Elapsed.TotalMilliseconds;
        answer.EnsureSuccessStatusCode();
        using var list = JsonDocument.Parse(body);
        if (list.RootElement.GetProperty("data").GetArrayLength() != 20 || !list.RootElement.GetProperty("has_more").GetBoolean())
        {
            throw new InvalidOperationException("A list is not what was asked for.");
        }

        return (elapsed, list.RootElement.GetProperty("last_id").GetString()!);
    }
}
