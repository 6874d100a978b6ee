using System.Text;
using Gateway.Fakes;
using Gateway.Providers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>A second real engine, beside the one of all scenarios.</summary>
public sealed class SecondEngine : IAsyncLifetime
{
    internal PodmanEngine Engine { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Engine = await PodmanEngine.StartAsync();

    public ValueTask DisposeAsync() => Engine?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>Two real engines as one provider: each container is served by the engine that has it, whatever is known or away.</summary>
[Collection(nameof(DockerWorld))]
public sealed class TwoEnginesTests(DockerWorld world, SecondEngine second) : IClassFixture<SecondEngine>
{
    private static readonly object s_common = new { image = PodmanEngine.Image, ulimits = new { nofile = 1024, nproc = 1000 } };

    [Fact]
    public async Task Containers_and_files_are_found_on_their_engines_also_when_the_ledger_is_lost()
    {
        var made = new List<(string Id, string File, string Text, PodmanEngine Engine)>();
        await using (var first = await StartAsync("found"))
        {
            foreach (var key in new[] { "a", "b", "a", "b" })
            {
                var (id, at) = await first.CreateAsync(key);
                Assert.Equal(key, at);
                var text = $"{key} {made.Count}";
                var file = (await first.Http.UploadAsync(id, Encoding.UTF8.GetBytes(text), "f.txt")).Text("id");
                made.Add((id, file, text, key == "a" ? world.Engine : second.Engine));
            }

            await CheckAsync(first);
        }

        // Its ledger went with its directory.
        await using var gateway = await StartAsync("found");
        await CheckAsync(gateway);

        // A file of one engine comes into a container of the other, at its creation and later.
        var (copy, copiedAt) = await gateway.CreateAsync("b", new { name = "copy", file_ids = new[] { made[0].File } });
        Assert.Equal("b", copiedAt);
        var copied = (await gateway.Http.FilesAsync(copy)).Data("id")[0];
        Assert.Equal(made[0].Text, Encoding.UTF8.GetString(await gateway.Http.DownloadAsync(copy, copied)));
        (await gateway.Http.DeleteAsync($"/v1/containers/{copy}")).Ok();

        (await gateway.Http.DeleteAsync($"/v1/containers/{made[1].Id}/files/{made[1].File}")).Ok();
        Assert.Empty((await gateway.Http.FilesAsync(made[1].Id)).Data("id"));
        foreach (var (id, _, _, engine) in made)
        {
            (await gateway.Http.DeleteAsync($"/v1/containers/{id}")).Ok();
            Assert.Null(await engine.InspectAsync(id));
        }

        Assert.Empty(await gateway.ListAsync(2));

        async Task CheckAsync(SeveralEngines engines)
        {
            Assert.Equal(made.AsEnumerable().Reverse().Select(each => each.Id), await engines.ListAsync(limit: 1));
            foreach (var (id, file, text, engine) in made)
            {
                Assert.NotNull(await engine.InspectAsync(id));
                Assert.Equal("running", (await engines.Http.ReadAsync($"/v1/containers/{id}")).Text("status"));
                Assert.Equal(text, Encoding.UTF8.GetString(await engines.Http.DownloadAsync(id, file)));
            }
        }
    }

    [Fact]
    public async Task Engine_that_is_killed_takes_nothing_along_and_is_as_before_when_it_comes_back()
    {
        await using var engines = await StartAsync("killed");
        var (alive, _) = await engines.CreateAsync("a");
        var (away, _) = await engines.CreateAsync("b");
        var file = (await engines.Http.UploadAsync(away, [1, 2, 3])).Text("id");
        await second.Engine.KillAsync();
        try
        {
            var (other, key) = await engines.CreateAsync();
            Assert.Equal("a", key);
            foreach (var path in new[] { $"/v1/containers/{away}", $"/v1/containers/{away}/files", $"/v1/containers/{away}/files/{file}/content" })
            {
                var (status, code, message) = (await engines.Http.GetAsync(path)).Refused();
                Assert.Equal((503, "engine_unreachable"), (status, code));
                Assert.Contains("key b", message, StringComparison.Ordinal);
            }

            Assert.Equal(503, (await engines.Http.DeleteAsync($"/v1/containers/{away}")).Refused().Status);
            var list = await engines.Http.ReadAsync("/v1/containers");
            Assert.Equal([other, alive], list.Data("id"));
            Assert.Equal("b", Assert.Single(list.GetProperty("extra_fields").GetProperty("partial").EnumerateArray()).Text("key"));
            (await engines.Http.DeleteAsync($"/v1/containers/{other}")).Ok();
        }
        finally
        {
            await second.Engine.RestartAsync();
        }

        Assert.Equal([away, alive], await engines.ListAsync(limit: 100));
        Assert.Equal([1, 2, 3], await engines.Http.DownloadAsync(away, file));
        foreach (var id in new[] { alive, away })
        {
            (await engines.Http.DeleteAsync($"/v1/containers/{id}")).Ok();
        }
    }

    [Fact]
    public async Task Maintenance_removes_what_is_idle_on_each()
    {
        var clock = new ManualTime();
        await using var engines = await StartAsync("reaped", clock);
        var body = new { name = "idle", expires_after = new { anchor = "last_active_at", minutes = 5 } };
        var (onA, _) = await engines.CreateAsync("a", body);
        var (onB, _) = await engines.CreateAsync("b", body);
        clock.Advance(TimeSpan.FromMinutes(10));
        for (var round = 0; round < 2; round++)
        {
            var maintenance = engines.Gateway.Services.GetServices<IHostedService>().OfType<Maintenance>().Single();
            await maintenance.RunOnceAsync(TestContext.Current.CancellationToken);
        }

        Assert.Null(await world.Engine.InspectAsync(onA));
        Assert.Null(await second.Engine.InspectAsync(onB));
    }

    [Fact]
    public async Task Doctor_looks_at_each()
    {
        var folder = Directory.CreateTempSubdirectory("doctor-").FullName;
        var config = System.IO.Path.Combine(folder, "gateway.json");
        await File.WriteAllTextAsync(config, SeveralEngines.Config("pair", s_common, null, Keys()), TestContext.Current.CancellationToken);
        using var output = new StringWriter();
        Assert.Equal(0, await Hosting.Doctor.RunAsync(config, _ => null, folder, output));
        foreach (var (key, engine) in new[] { ("a", world.Engine), ("b", second.Engine) })
        {
            Assert.Contains(
                output.ToString().Split('\n'),
                line => line.StartsWith("ok", StringComparison.Ordinal) && line.Contains($"provider pair, key {key}", StringComparison.Ordinal)
                    && line.Contains($"unix://{engine.SocketPath} lists containers", StringComparison.Ordinal));
        }

        Directory.Delete(folder, recursive: true);
    }

    private Task<SeveralEngines> StartAsync(string provider, TimeProvider? time = null) =>
        SeveralEngines.StartAsync(provider, s_common, Keys(), time);

    private (string Name, double Weight, object Section)[] Keys() =>
        [("a", 1, new { host = "unix://" + world.Engine.SocketPath }), ("b", 1, new { host = "unix://" + second.Engine.SocketPath })];
}
