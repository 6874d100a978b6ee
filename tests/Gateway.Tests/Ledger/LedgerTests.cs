using Gateway.Ledger;
using Xunit;
using static Gateway.Tests.Ledger.LedgerPlace;

namespace Gateway.Tests.Ledger;

/// <summary>What the ledger promises over either store.</summary>
public sealed class LedgerTests
{
    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task Ledger_entry_is_known_at_once_and_after_a_restart(string store)
    {
        await using var place = await StartAsync(store);
        var ledger = place.Open();
        LedgerEntry[] told = [Entry("cntr_1", tenant: "team \"a\"\n|é"), Entry("cntr_2", "azure", "eu: west", 5), Entry("file:f_1", createdAt: 0)];
        await ledger.RememberAsync(told, Token);

        foreach (var entry in told)
        {
            Assert.Equal([entry], await ledger.FindAsync(entry.Id, Token));
        }

        Assert.Empty(await ledger.FindAsync("cntr_3", Token));
        ledger = await place.ReopenAsync(ledger);
        foreach (var entry in told)
        {
            Assert.Equal([entry], await ledger.FindAsync(entry.Id, Token));
        }

        Assert.Equal(LedgerState.Ok, ledger.Health.State);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task One_id_of_two_providers_has_two_owners(string store)
    {
        await using var place = await StartAsync(store);
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("box", "docker")], Token);
        await ledger.FlushAsync(Token);
        await ledger.RememberAsync([Entry("box", "podman", "second")], Token);
        Assert.Equal(["docker", "podman"], await ProvidersAsync(ledger));

        await ledger.ForgetAsync("box", "docker", Token);
        ledger = await place.ReopenAsync(ledger);
        Assert.Equal(["docker", "podman"], await ProvidersAsync(ledger));
        Assert.Equal(["docker"], (await ledger.FindAsync("box", Token)).Where(entry => entry.Deleted).Select(entry => entry.Provider));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task The_last_word_about_a_ledger_entry_counts(string store)
    {
        await using var place = await StartAsync(store);
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1", account: "old", createdAt: 7), Entry("cntr_1", account: "new", createdAt: 8)], Token);
        ledger = await place.ReopenAsync(ledger);
        await ledger.RememberAsync([Entry("cntr_1", account: "newest", createdAt: 9)], Token);
        ledger = await place.ReopenAsync(ledger);

        Assert.Equal([Entry("cntr_1", account: "newest", createdAt: 9)], await ledger.FindAsync("cntr_1", Token));
        Assert.Null(await ledger.NearestAsync("openai", "new", 1, descending: true, Token));
        Assert.Equal("cntr_1", (await ledger.NearestAsync("openai", "newest", 1, descending: true, Token))?.Id);
    }

    [Theory]
    [InlineData("sqlite", true)]
    [InlineData("sqlite", false)]
    [InlineData("redis", true)]
    [InlineData("redis", false)]
    public async Task Tombstone_of_a_container_keeps_its_place_in_the_ledger_for_a_day(string store, bool inMemory)
    {
        await using var place = await StartAsync(store);
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1", createdAt: 50, tenant: "t")], Token);
        ledger = inMemory ? ledger : await place.ReopenAsync(ledger);
        await ledger.ForgetAsync("cntr_1", "openai", Token);
        var tombstone = Entry("cntr_1", createdAt: 50, tenant: "t", deleted: true);

        Assert.Equal([tombstone], await ledger.FindAsync("cntr_1", Token));
        ledger = inMemory ? ledger : await place.ReopenAsync(ledger);
        place.Time.Advance(TimeSpan.FromHours(23));
        await ledger.ForgetAsync("cntr_1", "openai", Token);
        Assert.Equal([tombstone], await ledger.FindAsync("cntr_1", Token));
        Assert.Equal(tombstone, await ledger.NearestAsync("openai", "main", 1, descending: true, Token));

        place.Time.Advance(TimeSpan.FromHours(1));
        Assert.Empty(await ledger.FindAsync("cntr_1", Token));
        Assert.Null(await ledger.NearestAsync("openai", "main", 1, descending: true, Token));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task Forgetting_an_entry_that_the_ledger_does_not_have_does_nothing(string store)
    {
        await using var place = await StartAsync(store);
        var ledger = place.Open();
        await ledger.ForgetAsync("cntr_1", "openai", Token);
        Assert.Empty(await ledger.FindAsync("cntr_1", Token));
        ledger = await place.ReopenAsync(ledger);
        Assert.Empty(await ledger.FindAsync("cntr_1", Token));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task Instances_know_what_another_was_told_when_its_call_returns_and_what_it_changed_within_thirty_seconds(string store)
    {
        await using var place = await StartAsync(store);
        var (one, two) = (place.Open(), place.Open());
        await one.RememberAsync([Entry("cntr_1")], Token);
        Assert.Equal([Entry("cntr_1")], await two.FindAsync("cntr_1", Token));
        Assert.Equal("cntr_1", (await two.NearestAsync("openai", "main", 1, descending: true, Token))?.Id);

        await two.ForgetAsync("cntr_1", "openai", Token);
        await two.RememberAsync([Entry("cntr_1", "azure")], Token);
        place.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(
            [Entry("cntr_1", "azure"), Entry("cntr_1", deleted: true)], (await one.FindAsync("cntr_1", Token)).OrderBy(entry => entry.Provider));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task Many_threads_lose_no_ledger_entry_and_mix_up_none(string store)
    {
        await using var place = await StartAsync(store);
        var ledger = place.Open(front: 64, backlog: 32);
        await Parallel.ForAsync(0, 16, async (worker, token) =>
        {
            for (var i = 0; i < 50; i++)
            {
                var id = $"cntr_{worker}_{i}";
                await ledger.RememberAsync(
                    [Entry(id, account: $"a{worker}", createdAt: i + 1), Entry("shared", $"p{worker}", createdAt: i + 1)], token);
                Assert.Equal([Entry(id, account: $"a{worker}", createdAt: i + 1)], await ledger.FindAsync(id, token));
                if (i % 2 == 0)
                {
                    await ledger.ForgetAsync(id, "openai", token);
                    Assert.True(Assert.Single(await ledger.FindAsync(id, token)).Deleted);
                }
            }
        });

        Assert.Equal(0, ledger.Dropped);
        ledger = await place.ReopenAsync(ledger);
        Assert.Equal(16, (await ledger.FindAsync("shared", Token)).Count);
        Assert.All(await ledger.FindAsync("shared", Token), entry => Assert.Equal(50, entry.CreatedAt));
        for (var worker = 0; worker < 16; worker++)
        {
            for (var i = 0; i < 50; i++)
            {
                Assert.Equal(
                    [Entry($"cntr_{worker}_{i}", account: $"a{worker}", createdAt: i + 1, deleted: i % 2 == 0)],
                    await ledger.FindAsync($"cntr_{worker}_{i}", Token));
            }
        }
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task Cancellation_by_a_caller_of_the_ledger_ends_its_call_and_no_other(string store)
    {
        await using var place = await StartAsync(store);
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1")], Token);
        try
        {
            await ledger.FindAsync("cntr_1", new CancellationToken(canceled: true));
        }
        catch (OperationCanceledException)
        {
            // Allowed, not owed.
        }

        Assert.Equal([Entry("cntr_1")], await ledger.FindAsync("cntr_1", Token));
        Assert.Equal(LedgerState.Ok, ledger.Health.State);
    }

    private static async Task<IEnumerable<string>> ProvidersAsync(StoredLedger ledger) =>
        (await ledger.FindAsync("box", Token)).Select(entry => entry.Provider).Order();
}
