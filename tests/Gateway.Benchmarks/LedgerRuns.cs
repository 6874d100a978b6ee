using System.Diagnostics;
using Gateway.Fakes;
using Gateway.Ledger;
using Gateway.Providers.Contract;
using Gateway.Redis;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Benchmarks;

/// <summary>Ledger lookups with a thousand and with a million containers: in the stores themselves, without the memory in front of them.</summary>
internal static class LedgerRuns
{
    private const int Lookups = 4_000;
    private const int Rounds = 4;
    private const int Batch = 5_000;

    private static readonly int[] s_sizes = [1_000, 1_000_000];

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("gateway-bench-ledger-").FullName;
        await CompareAsync("SQLite", size => Task.FromResult<(ILedgerStore, IAsyncDisposable[])>((
            new SqliteLedgerStore(System.IO.Path.Combine(folder, $"{size}.db"), TimeProvider.System, NullLogger<SqliteLedgerStore>.Instance), [])));
        Directory.Delete(folder, recursive: true);
        await CompareAsync("Redis", async _ =>
        {
            var server = await RedisServer.StartAsync();
            var connection = new RedisConnection(
                RedisAddress.Parse(new Secret(server.ConnectionString), RedisServer.Patience), RedisServer.Patience, TimeProvider.System,
                NullLogger<RedisConnection>.Instance);
            return (new RedisLedgerStore(connection, TimeProvider.System), [connection, server]);
        });
    }

    private static async Task CompareAsync(string name, Func<int, Task<(ILedgerStore Store, IAsyncDisposable[] Owned)>> open)
    {
        var stores = new List<(int Size, ILedgerStore Store, IAsyncDisposable[] Owned)>();
        foreach (var size in s_sizes)
        {
            var (store, owned) = await open(size);
            await FillAsync(store, size);
            stores.Add((size, store, owned));
        }

        var best = s_sizes.ToDictionary(size => size, _ => (Owner: double.MaxValue, ListPosition: double.MaxValue));
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (size, store, _) in stores)
            {
                var (owner, place) = (await OwnersAsync(store, size), await PlacesAsync(store, size));
                best[size] = (Math.Min(best[size].Owner, owner), Math.Min(best[size].ListPosition, place));
            }
        }

        foreach (var size in s_sizes)
        {
            Console.WriteLine(
                $"ledger, {name,-8} {size,9} containers: owner of an id {best[size].Owner,6:0.0} µs, cursor of an account "
                    + $"{best[size].ListPosition,6:0.0} µs");
        }

        Console.WriteLine(
            $"ledger, {name,-8} a million / a thousand = {best[s_sizes[1]].Owner / best[s_sizes[0]].Owner:0.00} and "
                + $"{best[s_sizes[1]].ListPosition / best[s_sizes[0]].ListPosition:0.00}   (bound: 2.00)");
        foreach (var (_, store, owned) in stores)
        {
            await store.DisposeAsync();
            foreach (var each in owned)
            {
                await each.DisposeAsync();
            }
        }
    }

    private static async Task FillAsync(ILedgerStore store, int size)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        for (var first = 0; first < size; first += Batch)
        {
            var changes = Enumerable.Range(first, Math.Min(Batch, size - first)).Select(number =>
            {
                var entry = new LedgerEntry(Id(number), "openai", Account(number), 1_700_000_000 + number, null, Deleted: false);
                return new LedgerChange(entry.Id, entry.Provider, LedgerRow.Of(entry, now), now);
            }).ToList();
            if (await store.WriteAsync(changes) != changes.Count)
            {
                throw new InvalidOperationException("The store does not take its entries.");
            }
        }
    }

    private static async Task<double> OwnersAsync(ILedgerStore store, int size)
    {
        var random = new Random(1);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Lookups; i++)
        {
            var rows = await store.ReadAsync([Id(random.Next(size))], CancellationToken.None);
            if (rows.IsDefaultOrEmpty)
            {
                throw new InvalidOperationException("The store has lost an entry.");
            }
        }

        return clock.Elapsed.TotalMicroseconds / Lookups;
    }

    private static async Task<double> PlacesAsync(ILedgerStore store, int size)
    {
        var random = new Random(2);
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < Lookups; i++)
        {
            var number = random.Next(size);
            await store.NearestAsync(
                new LedgerPosition("openai", Account(number), 1_700_000_000 + number, Descending: i % 2 == 0), CancellationToken.None);
        }

        return clock.Elapsed.TotalMicroseconds / Lookups;
    }

    /// <summary>In the order of their age, so that a million are written soon; they are asked for in none.</summary>
    private static string Id(int number) => $"cntr_{number:x8}f00dfeedf00dfeedf00dfeed";

    private static string Account(int number) => $"account-{number % Roles.MaxAccounts}";
}
