using Gateway.Fakes;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Scenarios.Tenants;

/// <summary>Owners through what can happen to the ledger: nobody sees more than its own, and nothing that was answered is lost.</summary>
public sealed class TenantLedgerTests
{
    [Fact]
    public async Task Container_is_its_tenants_from_the_answer_on_also_after_kill_9()
    {
        await using var upstream = await FakeOpenAI.StartAsync("sk-a");
        var folder = Directory.CreateTempSubdirectory("tenants-kill-").FullName;
        var config = TenantWorld.Config("openai", upstream.Url, accounts: 1, Ports);
        var made = new List<string>();
        for (var round = 0; round < 3; round++)
        {
            await using var gateway = await GatewayProcess.StartAsync(folder, config);
            using var ann = TenantWorld.ClientOf(gateway.Url, "ann");
            using var bob = TenantWorld.ClientOf(gateway.Url, "bob");
            Assert.Equal(made.AsEnumerable().Reverse(), (await ann.ReadAsync("/v1/containers")).Data("id"));
            foreach (var id in made)
            {
                Assert.Equal(id, (await ann.ReadAsync($"/v1/containers/{id}")).Id());
                await ErrorAsync(bob.GetAsync($"/v1/containers/{id}"), 404);
            }

            made.Add(await ann.CreateAsync());
            await gateway.KillAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Ledger_deleted_while_a_gateway_runs_makes_nobody_see_more_and_providers_that_keep_owners_lose_none()
    {
        var time = new ManualTime();
        await using var world = await TenantWorld.StartAsync("openai", others: "\"cache\": { \"enabled\": false },", time: time);
        var lost = await world.Ann.CreateAsync();
        var kept = await world.Ann.CreateAsync(new { name = "box", provider = "local" });
        await world.Ann.ReadAsync($"/v1/containers/{lost}");

        using (var connection = new SqliteConnection($"Data Source={world.Ledger};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "DELETE FROM entries";
            Assert.True(command.ExecuteNonQuery() > 0);
        }

        time.Advance(TimeSpan.FromSeconds(10));
        foreach (var client in new[] { world.Ann, world.Bob })
        {
            await ErrorAsync(client.GetAsync($"/v1/containers/{lost}"), 404);
            Assert.Empty((await client.ReadAsync("/v1/containers")).Data("id"));
        }

        // Seen by an operator it is known again, and nobody's.
        Assert.Equal(lost, (await world.Ops.ReadAsync($"/v1/containers/{lost}")).Id());
        await ErrorAsync(world.Ann.GetAsync($"/v1/containers/{lost}"), 404);

        Assert.Equal(kept, (await world.Ann.ReadAsync($"/v1/containers/{kept}")).Id());
        Assert.Equal([kept], (await world.Ann.ReadAsync("/v1/containers?provider=local")).Data("id"));
        await ErrorAsync(world.Bob.GetAsync($"/v1/containers/{kept}"), 404);
    }

    [Fact]
    public async Task Instances_agree_and_while_redis_is_away_nobody_sees_more_and_creates_still_work()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var world = await TenantWorld.StartAsync(
            "openai", others: $"\"cache\": {{ \"redis\": \"{redis.Url}\", \"redis_timeout_ms\": 5000 }},");
        await using var other = await world.OtherAsync();
        using var annElsewhere = TenantWorld.ClientOf(other.Url, "ann");
        using var bobElsewhere = TenantWorld.ClientOf(other.Url, "bob");
        await UntilAsync(async () =>
            await StatusAsync(world.Ann, "/v1/containers") == 200 && await StatusAsync(annElsewhere, "/v1/containers") == 200);

        var before = await world.Ann.CreateAsync();
        Assert.Equal(before, (await annElsewhere.ReadAsync($"/v1/containers/{before}")).Id());
        await ErrorAsync(bobElsewhere.GetAsync($"/v1/containers/{before}"), 404);
        var foreign = await world.Bob.CreateAsync();

        await redis.KillAsync();
        var during = await world.Ann.CreateAsync();
        Assert.Equal(during, (await world.Ann.ReadAsync($"/v1/containers/{during}")).Id());

        // Whether it is another's, unknown, or the caller's own that this instance has not met, the answer is the same.
        var answers = new List<string>();
        foreach (var id in new[] { foreign, "cntr_" + new string('0', foreign.Length - 5) })
        {
            answers.Add((await world.AskAsync("ann", "GET", $"/v1/containers/{id}")).Replace(id, "ID", StringComparison.Ordinal));
        }

        Assert.Equal(answers[0], answers[1]);
        Assert.StartsWith("503", answers[0], StringComparison.Ordinal);
        await ErrorAsync(bobElsewhere.GetAsync($"/v1/containers/{during}"), 503, "ownership_unavailable");
        await ErrorAsync(world.Bob.GetAsync("/v1/containers"), 503, "ownership_unavailable");

        await redis.RestartAsync();
        await UntilAsync(async () => await StatusAsync(annElsewhere, $"/v1/containers/{during}") == 200);
        await ErrorAsync(bobElsewhere.GetAsync($"/v1/containers/{during}"), 404);
    }

    [Fact]
    public async Task Adopted_containers_are_the_tenants_within_seconds_while_the_gateway_runs()
    {
        await using var upstream = await FakeOpenAI.StartAsync("sk-a");
        var folder = Directory.CreateTempSubdirectory("tenants-adopt-").FullName;
        await using var gateway = await GatewayProcess.StartAsync(folder, TenantWorld.Config("openai", upstream.Url, accounts: 1, Ports));
        using var ann = TenantWorld.ClientOf(gateway.Url, "ann");
        using var bob = TenantWorld.ClientOf(gateway.Url, "bob");
        using var ops = TenantWorld.ClientOf(gateway.Url, "ops");
        var nobodys = upstream.Create("sk-a");
        var bobs = await bob.CreateAsync();
        var bobsLocal = await bob.CreateAsync(new { name = "box", provider = "local" });
        await ErrorAsync(ann.GetAsync($"/v1/containers/{nobodys}"), 404);
        Assert.Equal([bobs], (await bob.ReadAsync("/v1/containers")).Data("id"));
        Assert.Empty((await ann.ReadAsync("/v1/containers")).Data("id"));

        var (code, output) = await AdoptAsync(folder, [nobodys, bobs, "--tenant", TenantWorld.One, "--provider", "openai"]);
        Assert.Equal((0, "adopted for team:one: 2"), (code, output));

        await UntilAsync(async () => (await ann.ReadAsync("/v1/containers")).Data("id").Count == 2);
        Assert.Equal([bobs, nobodys], (await ann.ReadAsync("/v1/containers")).Data("id"));
        Assert.Equal(nobodys, (await ann.ReadAsync($"/v1/containers/{nobodys}")).Id());
        await UntilAsync(async () => await StatusAsync(bob, $"/v1/containers/{bobs}") == 404);
        await UntilAsync(async () => (await bob.ReadAsync("/v1/containers")).Data("id").Count == 0);

        // `local` keeps owners itself: what has one keeps it.
        (code, output) = await AdoptAsync(folder, [bobsLocal, "--tenant", TenantWorld.One, "--provider", "local"]);
        Assert.Equal(1, code);
        Assert.Contains("only what is nobody's there can be adopted", output, StringComparison.Ordinal);
        Assert.Equal(bobsLocal, (await bob.ReadAsync($"/v1/containers/{bobsLocal}?provider=local")).Id());
    }

    [Fact]
    public async Task Containers_made_before_there_were_keys_are_nobodys_until_they_are_adopted()
    {
        await using var upstream = await FakeOpenAI.StartAsync("sk-a");
        var folder = Directory.CreateTempSubdirectory("tenants-before-").FullName;
        var config = TenantWorld.Config("local", upstream.Url, accounts: 1, Ports);
        var keyless = config[..config.IndexOf("\"governance\"", StringComparison.Ordinal)].TrimEnd()[..^1] + "}";
        string old;
        await using (var open = await GatewayProcess.StartAsync(folder, keyless))
        {
            using var anyone = new HttpClient { BaseAddress = new Uri(open.Url) };
            old = await anyone.CreateAsync();
        }

        await using var gateway = await GatewayProcess.StartAsync(folder, config);
        using var ann = TenantWorld.ClientOf(gateway.Url, "ann");
        using var ops = TenantWorld.ClientOf(gateway.Url, "ops");
        await ErrorAsync(ann.GetAsync($"/v1/containers/{old}"), 404);
        Assert.Equal([old], (await ops.ReadAsync("/v1/containers")).Data("id"));
        Assert.Empty((await ann.ReadAsync("/v1/containers")).Data("id"));

        Assert.Equal(0, (await AdoptAsync(folder, ["-", "--tenant", TenantWorld.One, "--provider=local"], old + "\n")).Code);

        await UntilAsync(async () => await StatusAsync(ann, $"/v1/containers/{old}") == 200);
        await UntilAsync(async () => (await ann.ReadAsync("/v1/containers")).Data("id").Count == 1);
    }

    private const string Ports = """
        "server": { "urls": "http://127.0.0.1:0", "admin_urls": "http://127.0.0.1:0" }, "data_directory": "./data",
        """;

    private static async Task<int> StatusAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(path);
        return (int)answer.StatusCode;
    }

    private static Task UntilAsync(Func<Task<bool>> condition) => Until.TrueAsync(condition, "What was waited for does not come.");

    private static async Task<(int Code, string Output)> AdoptAsync(string folder, string[] arguments, string input = "")
    {
        var (code, output) = await GatewayProcess.RunAsync(
            folder, ["ledger", "adopt", .. arguments, "--config", Path.Combine(folder, "gateway.json")], input);
        return (code, output.Trim());
    }
}
