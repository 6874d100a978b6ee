using System.Collections.Concurrent;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Accounts;

/// <summary>Two gateways that share a real Redis know the same owners; whatever happens to Redis, no client sees it.</summary>
public sealed class SharedLedgerTests
{
    private const int Containers = 1000;

    private static readonly ParallelOptions s_eightClients = new() { MaxDegreeOfParallelism = 8 };

    [Fact]
    public async Task Owner_that_one_gateway_learns_is_known_to_the_other()
    {
        await using var world = await SharedWorld.StartAsync();
        var id = await world.CreateAsync(0);
        await world.UntilKnownAsync(1, id);
        var owner = Assert.Single(world.Upstream.RequestsByKey).Key;
        world.Upstream.Requests.Clear();
        using var form = new MultipartFormDataContent { { new ByteArrayContent([1, 2, 3]), "file", "a.bin" } };
        await OkAsync(world.Turn(1).PostAsync($"/v1/containers/{id}/files", form));
        await OkAsync(world.Turn(1).GetAsync($"/v1/containers/{id}/files"));
        await OkAsync(world.Turn(1).DeleteAsync($"/v1/containers/{id}"));
        Assert.Equal(new Dictionary<string, int> { [owner] = 3 }, world.Upstream.RequestsByKey);

        // The place of what is gone is known, too: a list goes on behind it.
        await OkAsync(world.Turn(1).GetAsync($"/v1/containers?after={id}"));
    }

    [Fact]
    public async Task Nobody_sees_a_404_when_redis_is_flushed_in_the_middle()
    {
        await using var world = await SharedWorld.StartAsync();
        var ids = new string[Containers];
        await Parallel.ForAsync(0, Containers, s_eightClients, async (i, token) => ids[i] = await world.CreateAsync(i, token));
        Assert.Equal(3, world.Upstream.RequestsByKey.Count);
        await Parallel.ForAsync(0, 3 * Containers, s_eightClients, async (i, token) =>
        {
            if (i % 500 == 250)
            {
                await world.Redis.FlushAllAsync();
            }

            var path = $"/v1/containers/{ids[i * 7 % Containers]}";
            await OkAsync(world.Turn(i % 2 == 0 ? i : i / 2).GetAsync(i % 3 == 0 ? path : path + "/files", token));
        });
        await world.Redis.FlushAllAsync();
        Assert.Equal(ids.Order(), (await world.WalkAsync("limit=100&order=asc")).Order());
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("paused")]
    public async Task An_outage_of_redis_under_load_fails_no_request_and_heals(string outage)
    {
        // Each write of a freeze waits for it.
        await using var world = await SharedWorld.StartAsync(TimeSpan.FromMilliseconds(250));
        var before = await world.CreateAsync(0);
        await using var load = new LifeCycles(world);
        for (var round = 0; round < 2; round++)
        {
            await load.UntilMoreAsync(50);
            await (outage == "killed" ? world.Redis.KillAsync() : world.Redis.PauseAsync());
            await load.UntilMoreAsync(100);
            await OkAsync(world.Turn(round).GetAsync($"/v1/containers/{before}"));
            await (outage == "killed" ? world.Redis.RestartAsync() : world.Redis.ResumeAsync());
            await load.UntilMoreAsync(50);
        }

        Assert.Empty(await load.StopAsync());
        await world.UntilHealedAsync();

        // What is told from now on is shared as before.
        var id = await world.CreateAsync(0);
        await world.UntilKnownAsync(1, id);
        world.Upstream.Requests.Clear();
        await OkAsync(world.Turn(1).GetAsync($"/v1/containers/{id}/files"));
        Assert.Single(world.Upstream.Requests);
    }

    /// <summary>Six clients, each leading one container after the other from its creation to its end, each step at the other gateway.</summary>
    private sealed class LifeCycles : IAsyncDisposable
    {
        private readonly SharedWorld _world;
        private readonly CancellationTokenSource _end = new();
        private readonly ConcurrentQueue<string> _failures = new();
        private readonly Task _clients;
        private int _steps;

        public LifeCycles(SharedWorld world)
        {
            _world = world;
            _clients = Task.WhenAll(Enumerable.Range(0, 6).Select(client => Task.Run(() => LiveAsync(client))));
        }

        /// <summary>Waits for this many further steps.</summary>
        public Task UntilMoreAsync(int steps)
        {
            var goal = Volatile.Read(ref _steps) + steps;
            return Until.TrueAsync(() => Volatile.Read(ref _steps) >= goal || !_failures.IsEmpty, "The load has stopped.");
        }

        /// <summary>Ends the load; returns what failed.</summary>
        public async Task<IEnumerable<string>> StopAsync()
        {
            await _end.CancelAsync();
            await _clients;
            return _failures;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _end.Dispose();
        }

        private async Task LiveAsync(int client)
        {
            try
            {
                for (var turn = client; !_end.IsCancellationRequested; turn++)
                {
                    var path = $"/v1/containers/{await _world.CreateAsync(turn, CancellationToken.None)}";
                    await StepAsync(_world.Turn(turn + 1).GetAsync(path));
                    await StepAsync(_world.Turn(turn).GetAsync(path + "/files"));
                    await StepAsync(_world.Turn(turn + 1).GetAsync("/v1/containers?limit=3"));
                    await StepAsync(_world.Turn(turn + 1).DeleteAsync(path));
                }
            }
            catch (Exception failure)
            {
                _failures.Enqueue(failure.Message);
            }
        }

        private async Task StepAsync(Task<HttpResponseMessage> answer)
        {
            await OkAsync(answer);
            Interlocked.Increment(ref _steps);
        }
    }
}
