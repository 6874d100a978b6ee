using Gateway.Fakes;
using Gateway.Ledger;
using Gateway.Providers.Contract;
using Gateway.Scenarios.Tenants;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>An engine's containers say on a label whose they are; nothing else is needed to keep tenants apart.</summary>
[Collection(nameof(DockerWorld))]
public sealed class DockerTenantTests(DockerWorld world)
{
    [Theory]
    [InlineData("/v1")]
    [InlineData("/openai/v1")]
    public async Task Every_operation_answers_for_anothers_container_as_for_one_that_never_was(string surface)
    {
        await using var gateway = await StartAsync("tenants-a");
        using var ann = TenantWorld.ClientOf(gateway.Url, "ann");
        var foreign = await ann.CreateAsync();
        var file = (await ann.UploadAsync(foreign, [1, 2, 3])).Id();
        var missing = TenantWorld.Mirrored(foreign);

        foreach (var operation in Operation.All.Where(each => each.Route.Contains("{container_id}", StringComparison.Ordinal)))
        {
            var body = operation == Operation.ContainerFileCreate ? $$"""{"file_id":"{{file}}"}""" : null;
            await SameAsync(operation.Method, surface + operation.Route.Replace("{file_id}", file, StringComparison.Ordinal), body);
        }

        // Also where a file leads to it.
        var own = await TenantWorld.ClientOf(gateway.Url, "bob").CreateAsync();
        var uses = new[] { ("/containers", """{"name":"c","file_ids":["ID"]}"""), ($"/containers/{own}/files", """{"file_id":"ID"}""") };
        foreach (var (target, body) in uses)
        {
            // An id begins with its container's.
            var never = file[..10] + (file[10] == 'A' ? 'B' : 'A') + file[11..];
            var answers = new List<string>();
            foreach (var id in new[] { never, file })
            {
                var answer = await TenantWorld.AskAsync(gateway, "bob", "POST", surface + target, body.Replace("ID", id, StringComparison.Ordinal));
                answers.Add(answer.Replace(id, "ID", StringComparison.Ordinal));
            }

            Assert.StartsWith("404", answers[1], StringComparison.Ordinal);
            Assert.Equal(answers[0], answers[1]);
        }

        Assert.Equal([1, 2, 3], await ann.DownloadAsync(foreign, file));

        async Task SameAsync(string method, string target, string? body)
        {
            var answers = new List<string>();
            foreach (var id in new[] { missing, foreign, missing })
            {
                var answer = await TenantWorld.AskAsync(
                    gateway, "bob", method, target.Replace("{container_id}", id, StringComparison.Ordinal), body);
                answers.Add(answer.Replace(id, "ID", StringComparison.Ordinal));
            }

            Assert.StartsWith("404", answers[0], StringComparison.Ordinal);
            Assert.All(answers, answer => Assert.Equal(answers[0], answer));
        }
    }

    [Fact]
    public async Task Gateway_that_knows_nothing_yet_knows_owners_from_the_engine()
    {
        string anns, bobs;
        await using (var first = await StartAsync("tenants-b"))
        {
            anns = await TenantWorld.ClientOf(first.Url, "ann").CreateAsync();
            bobs = await TenantWorld.ClientOf(first.Url, "bob").CreateAsync();
        }

        await using var gateway = await StartAsync("tenants-b");
        using var ann = TenantWorld.ClientOf(gateway.Url, "ann");
        using var ops = TenantWorld.ClientOf(gateway.Url, "ops");
        Assert.Equal([anns], (await ann.ReadAsync("/v1/containers")).Data("id"));
        Assert.Equal(anns, (await ann.ReadAsync($"/v1/containers/{anns}")).Id());
        await ErrorAsync(ann.GetAsync($"/v1/containers/{bobs}"), 404);
        Assert.Equal([bobs, anns], (await ops.ReadAsync("/v1/containers")).Data("id"));
        Assert.Equal(bobs, (await ops.ReadAsync($"/v1/containers/{bobs}")).Id());
    }

    [Fact]
    public async Task Container_without_a_label_is_nobodys_until_it_is_adopted()
    {
        string old;
        await using (var open = await world.GatewayAsync(name: "tenants-c"))
        {
            old = await open.Client.CreateAsync();
        }

        await using var gateway = await StartAsync("tenants-c");
        using var ann = TenantWorld.ClientOf(gateway.Url, "ann");
        using var bob = TenantWorld.ClientOf(gateway.Url, "bob");
        var own = await ann.CreateAsync();
        await ErrorAsync(ann.GetAsync($"/v1/containers/{old}"), 404);

        var store = gateway.Services.GetRequiredService<ILedgerStore>();
        Assert.True(await store.AdoptAsync(new Adoption("tenants-c", [old], TenantWorld.One, IsKeptThere: true), CancellationToken.None));

        await Until.TrueAsync(
            async () => (await ann.ReadAsync("/v1/containers")).Data("id").SequenceEqual([own, old]), "What was adopted is not in the list.");
        Assert.Equal(old, (await ann.ReadAsync($"/v1/containers/{old}")).Id());
        (await ann.UploadAsync(old, [1])).Id();
        await ErrorAsync(bob.GetAsync($"/v1/containers/{old}"), 404);
        Assert.Empty((await bob.ReadAsync("/v1/containers")).Data("id"));
    }

    private async Task<RunningGateway> StartAsync(string provider)
    {
        var settings = TestSettings.Of(world.Docker(name: provider));
        return await RunningGateway.StartAsync(settings with { Access = await TenantWorld.AccessAsync() });
    }
}
