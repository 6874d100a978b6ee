using Gateway.Fakes;
using Gateway.Ledger;
using Gateway.Providers.Contract;
using Gateway.Redis;
using Xunit;
using static Gateway.Tests.Ledger.LedgerPlace;

namespace Gateway.Tests.Ledger;

/// <summary>What only the shared store has to promise: mostly, that its trouble is nobody else's.</summary>
public sealed class RedisLedgerTests
{
    [Theory]
    [InlineData("killed")]
    [InlineData("paused")]
    public async Task Outage_of_redis_costs_callers_of_the_ledger_next_to_nothing_and_heals_by_itself(string outage)
    {
        await using var place = await StartAsync("redis");
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_before", createdAt: 5), Entry("cntr_deleted", createdAt: 9)], Token);
        await ledger.FlushAsync(Token);
        Assert.NotEmpty(await ledger.FindAsync("cntr_before", Token));
        place.Time.Advance(TimeSpan.FromMinutes(1));

        await (outage == "killed" ? place.Redis!.KillAsync() : place.Redis!.PauseAsync());
        await ledger.FindAsync("notice", Token);
        for (var i = 0; i < 25; i++)
        {
            await AtOnce(ledger.RememberAsync([Entry($"cntr_{i}", createdAt: 100 + i)], Token));
            Assert.Equal([Entry("cntr_before", createdAt: 5)], await AtOnce(ledger.FindAsync("cntr_before", Token)));
            Assert.Empty(await AtOnce(ledger.FindAsync($"unknown_{i}", Token)));
            Assert.Equal("cntr_0", (await AtOnce(ledger.NearestAsync("openai", "main", 50, descending: true, Token)))?.Id);
        }

        await AtOnce(ledger.ForgetAsync("cntr_deleted", "openai", Token));
        Assert.Equal(LedgerState.Degraded, ledger.Health.State);

        await (outage == "killed" ? place.Redis!.RestartAsync() : place.Redis!.ResumeAsync());
        await Until.TrueAsync(() => ledger is { Pending: 0, Health.State: LedgerState.Ok }, "The ledger does not heal.");
        var other = place.Open();
        for (var i = 0; i < 25; i++)
        {
            Assert.Equal([Entry($"cntr_{i}", createdAt: 100 + i)], await other.FindAsync($"cntr_{i}", Token));
        }

        Assert.Equal("cntr_24", (await other.NearestAsync("openai", "main", 1000, descending: false, Token))?.Id);
        Assert.Equal([Entry("cntr_deleted", createdAt: 9, deleted: true)], await other.FindAsync("cntr_deleted", Token));
    }

    [Fact]
    public async Task Calls_under_way_when_redis_freezes_wait_no_longer_than_the_limit()
    {
        await using var place = await StartAsync("redis");

        // The client library's own limits go by the clock of the system, and would end the wait, too.
        var limit = TimeSpan.FromMilliseconds(250);
        var options = RedisAddress.Parse(new Secret(place.Redis!.ConnectionString), limit);
        options.ConnectTimeout = options.AsyncTimeout = (int)Until.Hung.TotalMilliseconds;
        await using var connection = new RedisConnection(options, limit, place.Time, place.Log.For<RedisConnection>());
        await using var ledger = new StoredLedger(new RedisLedgerStore(connection, place.Time), place.Time, place.Log.For<StoredLedger>());
        await ledger.FindAsync("warm", Token);
        await place.Redis.PauseAsync();
        var calls = Enumerable.Range(0, 100).Select(i => ledger.FindAsync($"cntr_{i}", Token).AsTask()).ToList();
        place.Time.Advance(limit - TimeSpan.FromMilliseconds(1));
        Assert.DoesNotContain(calls, call => call.IsCompleted);
        place.Time.Advance(TimeSpan.FromMilliseconds(1));
        await Task.WhenAll(calls).WaitAsync(Until.Hung);
        await AtOnce(ledger.FindAsync("later", Token));
        await place.Redis.ResumeAsync();
    }

    [Fact]
    public async Task A_redis_that_comes_after_the_gateway_is_used_from_then_on()
    {
        await using var place = await StartAsync("redis");
        await place.Redis!.KillAsync();
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1")], Token);
        await ledger.FindAsync("notice", Token);
        for (var i = 0; i < 100; i++)
        {
            await AtOnce(ledger.FindAsync($"unknown_{i}", Token));
        }

        await place.Redis.RestartAsync();
        await Until.TrueAsync(() => ledger is { Pending: 0, Health.State: LedgerState.Ok }, "The ledger does not heal.");
        Assert.Equal([Entry("cntr_1")], await place.Open().FindAsync("cntr_1", Token));
    }

    [Fact]
    public async Task Restart_of_redis_that_lost_everything_is_made_good_by_the_next_mention()
    {
        await using var place = await StartAsync("redis");
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1")], Token);
        await ledger.FlushAsync(Token);
        await place.Redis!.KillAsync();
        await ledger.FindAsync("notice", Token);
        await place.Redis.RestartAsync();
        await Until.TrueAsync(() => ledger.Health.State == LedgerState.Ok, "The ledger does not heal.");
        await ledger.RememberAsync([Entry("cntr_1")], Token);
        await ledger.FlushAsync(Token);
        Assert.Equal([Entry("cntr_1")], await place.Open().FindAsync("cntr_1", Token));
    }

    [Fact]
    public async Task A_flushed_redis_means_unknown_and_is_learnt_again()
    {
        await using var place = await StartAsync("redis");
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1")], Token);
        await ledger.FlushAsync(Token);
        await place.Redis!.FlushAllAsync();

        // A busy machine may give Redis up for a moment, and go by its memory until it is back.
        await Until.TrueAsync(async () => (await ledger.FindAsync("cntr_1", Token)).Count == 0, "It is still known.");
        await Until.TrueAsync(async () => await ledger.NearestAsync("openai", "main", 1, descending: true, Token) is null, "It still has a place.");
        await Until.TrueAsync(() => ledger.Health.State == LedgerState.Ok, "The ledger does not heal.");

        await ledger.RememberAsync([Entry("cntr_1")], Token);
        await ledger.FlushAsync(Token);
        Assert.Equal([Entry("cntr_1")], await place.Open().FindAsync("cntr_1", Token));
    }

    [Fact]
    public async Task Change_that_waited_for_redis_does_not_undo_a_newer_one()
    {
        await using var place = await StartAsync("redis");
        await using var connection = Connect(place.Redis!.ConnectionString, place.Log);
        var store = new RedisLedgerStore(connection, place.Time);
        var early = place.Time.GetUtcNow().ToUnixTimeMilliseconds();
        place.Time.Advance(TimeSpan.FromSeconds(10));
        var late = place.Time.GetUtcNow().ToUnixTimeMilliseconds();
        LedgerChange[] newer = [Change(Entry("both", account: "new"), late), Change(Entry("gone", deleted: true), late)];
        LedgerChange[] older = [Change(Entry("both", account: "old"), early), Change(Entry("gone"), early), Change(Entry("one"), early)];
        Assert.Equal(2, await store.WriteAsync(newer));
        Assert.Equal(3, await store.WriteAsync(older));

        Assert.Equal(Entry("both", account: "new"), Assert.Single(await store.ReadAsync(["both"], Token)).Entry);
        Assert.Equal(Entry("gone", deleted: true), Assert.Single(await store.ReadAsync(["gone"], Token)).Entry);
        Assert.Equal(Entry("one"), Assert.Single(await store.ReadAsync(["one"], Token)).Entry);

        static LedgerChange Change(LedgerEntry entry, long atMs) => new(entry.Id, entry.Provider, LedgerRow.Of(entry, atMs), atMs);
    }

    [Fact]
    public async Task What_waits_for_redis_is_bounded_and_the_rest_is_stored_at_its_next_mention()
    {
        await using var place = await StartAsync("redis");
        var ledger = place.Open(backlog: 8);
        await place.Redis!.KillAsync();
        var entries = Enumerable.Range(0, 20).Select(i => Entry($"cntr_{i}")).ToList();
        await ledger.RememberAsync(entries, Token);
        Assert.InRange(ledger.Pending, 1, 8);
        Assert.Equal(12, ledger.Dropped);
        Assert.Equal([entries[19]], await ledger.FindAsync("cntr_19", Token));

        await place.Redis.RestartAsync();
        await Until.TrueAsync(() => ledger is { Pending: 0, Health.State: LedgerState.Ok }, "The ledger does not heal.");
        await ledger.RememberAsync(entries, Token);
        await ledger.FlushAsync(Token);
        var other = place.Open();
        foreach (var entry in entries)
        {
            Assert.Equal([entry], await other.FindAsync(entry.Id, Token));
        }
    }

    [Fact]
    public async Task List_places_that_lead_nowhere_are_walked_once()
    {
        await using var place = await StartAsync("redis");
        var ledger = place.Open();
        await ledger.RememberAsync([.. Enumerable.Range(1, 200).Select(i => Entry($"cntr_{i}", createdAt: i))], Token);
        await ledger.FlushAsync(Token);
        for (var i = 1; i < 200; i++)
        {
            await ledger.ForgetAsync($"cntr_{i}", "openai", Token);
        }

        await ledger.FlushAsync(Token);
        place.Time.Advance(TimeSpan.FromHours(25));
        Assert.Equal("cntr_200", (await ledger.NearestAsync("openai", "main", 0, descending: true, Token))?.Id);
        Assert.Equal(":1", await place.Redis!.CommandAsync("ZCARD gateway:ledger-index:openai:main"));
    }

    [Fact]
    public async Task Every_key_of_the_ledger_in_redis_expires()
    {
        await using var place = await StartAsync("redis");
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1"), Entry("cntr_2")], Token);
        await ledger.ForgetAsync("cntr_2", "openai", Token);
        await ledger.FlushAsync(Token);
        Assert.InRange(await DaysAsync("gateway:ledger:cntr_1"), 89.9, 90);
        Assert.InRange(await DaysAsync("gateway:ledger:cntr_2"), 0.9, 1);
        Assert.InRange(await DaysAsync("gateway:ledger-index:openai:main"), 89.9, 90);

        async Task<double> DaysAsync(string key) =>
            TimeSpan.FromSeconds(long.Parse((await place.Redis!.CommandAsync($"TTL {key}"))[1..], null)).TotalDays;
    }

    [Fact]
    public async Task Someone_elses_value_under_our_key_is_unknown_and_stops_nothing()
    {
        await using var place = await StartAsync("redis");
        await place.Redis!.CommandAsync("SET gateway:ledger:cntr_1 text");
        await place.Redis.CommandAsync("HSET gateway:ledger:cntr_2 openai [9,true]");
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1"), Entry("cntr_3")], Token);
        await ledger.FlushAsync(Token);
        Assert.Equal(0, ledger.Pending);
        Assert.Empty(await ledger.FindAsync("cntr_2", Token));
        Assert.Equal([Entry("cntr_3")], await place.Open().FindAsync("cntr_3", Token));
    }

    [Theory]
    [InlineData("r1ght-word", "Ok")]
    [InlineData("wr0ng", "Degraded")]
    public async Task Password_of_redis_is_used_and_never_shown(string password, string expected)
    {
        await using var redis = await RedisServer.StartAsync("r1ght-word");
        var log = new LinesLogger();
        await using var connection = Connect($"redis://:{password}@127.0.0.1:{redis.Port}", log);
        await using var ledger = new StoredLedger(
            new RedisLedgerStore(connection, TimeProvider.System), TimeProvider.System, log.For<StoredLedger>());
        await ledger.RememberAsync([Entry("cntr_1")], Token);
        await ledger.FlushAsync(Token);
        Assert.Equal(expected, ledger.Health.State.ToString());
        Assert.DoesNotContain(log.Texts, line => line.Contains(password, StringComparison.Ordinal));
        Assert.DoesNotContain(log.Texts, line => line.Contains("127.0.0.1", StringComparison.Ordinal));
    }

    private static RedisConnection Connect(string address, LinesLogger log) =>
        new(RedisAddress.Parse(new Secret(address), RedisServer.Patience), RedisServer.Patience, TimeProvider.System, log.For<RedisConnection>());

    /// <summary>What waits for nothing is complete when the call returns.</summary>
    private static ValueTask<T> AtOnce<T>(ValueTask<T> call)
    {
        Assert.True(call.IsCompleted);
        return call;
    }

    private static ValueTask AtOnce(ValueTask call)
    {
        Assert.True(call.IsCompleted);
        return call;
    }
}
