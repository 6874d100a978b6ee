using System.Text.Json.Nodes;
using Gateway.Fakes;
using Xunit;
using static Gateway.Scenarios.Accounts.AccountsWorld;

namespace Gateway.Scenarios.Accounts;

/// <summary>Losing the ledger costs time, never a wrong answer.</summary>
public sealed class LedgerLossTests
{
    [Fact]
    public async Task Nobody_sees_a_404_when_the_ledger_of_a_thousand_containers_is_lost()
    {
        await using var upstream = await FakeOpenAI.StartAsync(Keys);
        var settings = TestSettings.Of(TestSettings.OpenAI(upstream.Url, keys: Keys));
        var ids = new string[1000];
        await using (var first = await RunningGateway.StartAsync(settings))
        {
            await Parallel.ForAsync(0, ids.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, token) =>
                ids[i] = await IdAsync(first.Client.PostAsync("/v1/containers", Json("""{"name":"c"}"""), token)));
            await InvalidateAsync(first, ids.AsMemory(0, 300));
        }

        await using var second = await RunningGateway.StartAsync(settings);
        await InvalidateAsync(second, ids);
        upstream.Requests.Clear();
        await InvalidateAsync(second, ids.AsMemory(0, 200));

        // One of the other accounts may still be answering the search for a container that was found elsewhere.
        var touched = ids.Take(200).ToHashSet();
        Assert.Equal(200, upstream.Requests.Count(request => touched.Contains(request.Target.Split('/')[3])));
        Assert.Equal(1000, (await CountAsync(second)).Distinct().Count());
    }

    private static Task InvalidateAsync(RunningGateway gateway, ReadOnlyMemory<string> ids) =>
        Parallel.ForAsync(0, ids.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, token) =>
        {
            var path = $"/v1/containers/{ids.Span[i]}";
            await OkAsync(gateway.Client.GetAsync(i % 2 == 0 ? path : path + "/files", token));
        });

    private static async Task<List<string>> CountAsync(RunningGateway gateway)
    {
        var ids = new List<string>();
        JsonObject page;
        do
        {
            page = await OkAsync(gateway.Client.GetAsync("/v1/containers?limit=100" + (ids.Count == 0 ? "" : $"&after={ids[^1]}")));
            ids.AddRange(Ids(page));
        }
        while (page["has_more"]!.GetValue<bool>());
        return ids;
    }
}
