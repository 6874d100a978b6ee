using Gateway.Fakes;
using Gateway.Ledger;
using Xunit;
using static Gateway.Tests.Ledger.LedgerPlace;

namespace Gateway.Tests.Ledger;

/// <summary>Whose a container is: told once, by its create or an operator, and lost to nobody.</summary>
public sealed class LedgerTenantTests
{
    private const string One = "team:one";
    private const string Two = "team:two";

    [Theory]
    [InlineData("sqlite", true)]
    [InlineData("sqlite", false)]
    [InlineData("redis", true)]
    [InlineData("redis", false)]
    public async Task Owner_of_a_container_stays_whoever_mentions_it(string store, bool elsewhere)
    {
        await using var place = await StartAsync(store);
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1", tenant: One)], Token);
        var other = elsewhere ? await OtherAsync() : ledger;

        // A list of an operator, a create of another tenant that was answered with it, a move to another account.
        await other.RememberAsync([Entry("cntr_1", createdAt: 101)], Token);
        await other.RememberAsync([Entry("cntr_1", account: "second", tenant: Two)], Token);

        foreach (var each in new[] { other, await OtherAsync() })
        {
            Assert.Equal([Entry("cntr_1", account: "second", tenant: One)], await each.FindAsync("cntr_1", One, Token));
            Assert.Empty(await each.FindAsync("cntr_1", Two, Token));
            Assert.False((await each.OwnedAsync(Two, "openai", ["cntr_1"], Token)).Has("cntr_1"));
            Assert.True((await each.OwnedAsync(One, "openai", ["cntr_1"], Token)).Has("cntr_1"));
        }

        Task<StoredLedger> OtherAsync() => store == "redis" ? Task.FromResult(place.Open()) : place.ReopenAsync(ledger);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task Owner_of_a_tombstone_knows_its_place_and_a_new_container_of_the_id_has_a_new_owner(string store)
    {
        await using var place = await StartAsync(store);
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1", tenant: One)], Token);
        await ledger.ForgetAsync("cntr_1", "openai", Token);
        ledger = await place.ReopenAsync(ledger);

        Assert.Equal([Entry("cntr_1", tenant: One, deleted: true)], await ledger.FindAsync("cntr_1", One, Token));
        Assert.Empty(await ledger.FindAsync("cntr_1", Two, Token));
        Assert.False((await ledger.OwnedAsync(One, "openai", ["cntr_1"], Token)).Has("cntr_1"));

        await ledger.RememberAsync([Entry("cntr_1", tenant: Two)], Token);
        ledger = await place.ReopenAsync(ledger);
        Assert.Equal([Entry("cntr_1", tenant: Two)], await ledger.FindAsync("cntr_1", Two, Token));
        Assert.Empty(await ledger.FindAsync("cntr_1", One, Token));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task Adopted_container_is_its_new_owners_at_once_and_no_longer_the_old_ones_within_seconds(string store)
    {
        await using var place = await StartAsync(store);
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1", tenant: One), Entry("cntr_2")], Token);
        Assert.True((await ledger.OwnedAsync(One, "openai", ["cntr_1"], Token)).Has("cntr_1"));
        Assert.Empty(await ledger.FindAsync("cntr_2", Two, Token));

        await using (var operators = place.OpenStore())
        {
            Assert.True(await operators.AdoptAsync(new Adoption("openai", ["cntr_1", "cntr_2", "cntr_new"], Two, IsKeptThere: false), Token));
        }

        foreach (var id in new[] { "cntr_1", "cntr_2", "cntr_new" })
        {
            Assert.True((await ledger.OwnedAsync(Two, "openai", [id], Token)).Has(id));
        }

        place.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Empty(await ledger.FindAsync("cntr_1", One, Token));

        // What is known of it stays.
        Assert.Equal([Entry("cntr_1", tenant: Two)], await ledger.FindAsync("cntr_1", Two, Token));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task Adoptions_of_providers_that_keep_owners_are_listed_until_the_container_is_gone(string store)
    {
        await using var place = await StartAsync(store);
        var ledger = place.Open();
        var before = await ledger.AdoptedAsync(null, Token);
        Assert.Empty(before!.Entries);

        await using (var operators = place.OpenStore())
        {
            Assert.True(await operators.AdoptAsync(new Adoption("docker", ["cntr_1", "cntr_2"], One, IsKeptThere: true), Token));
            Assert.True(await operators.AdoptAsync(new Adoption("openai", ["cntr_3"], One, IsKeptThere: false), Token));
        }

        var after = await ledger.AdoptedAsync(before.Version, Token);
        Assert.Equal([("docker", "cntr_1", One), ("docker", "cntr_2", One)], after!.Entries.Order());
        Assert.Null(await ledger.AdoptedAsync(after.Version, Token));

        await ledger.FindAsync("cntr_1", Token);
        await ledger.ForgetAsync("cntr_1", "docker", Token);
        Assert.Equal([("docker", "cntr_2", One)], (await ledger.AdoptedAsync(null, Token))!.Entries);
    }

    [Fact]
    public async Task Owner_told_while_redis_is_away_survives_the_process_and_is_written_when_it_is_back()
    {
        await using var place = await StartAsync("redis");
        var ledger = place.Open(journal: true);
        await ledger.RememberAsync([Entry("cntr_before", tenant: Two)], Token);
        await place.Redis!.KillAsync();
        await ledger.RememberAsync([Entry("cntr_1", tenant: One)], Token);
        Assert.True((await ledger.OwnedAsync(One, "openai", ["cntr_1"], Token)).Has("cntr_1"));

        // Neither known as the tenant's nor known not to be.
        Assert.False((await ledger.OwnedAsync(One, "openai", ["cntr_before"], Token)).IsComplete);
        Assert.False((await ledger.OwnedAsync(One, "openai", ["cntr_unknown"], Token)).IsComplete);

        // Another process of the same directory, as after a kill.
        var next = place.Open(journal: true);
        Assert.True((await next.OwnedAsync(One, "openai", ["cntr_1"], Token)).Has("cntr_1"));
        Assert.Equal(1, next.Pending);

        await place.Redis.RestartAsync();
        await Until.TrueAsync(() => next is { Pending: 0, Health.State: LedgerState.Ok }, "The owner is not written.");
        Assert.True((await place.Open().OwnedAsync(One, "openai", ["cntr_1"], Token)).Has("cntr_1"));
    }
}
