using Gateway.Providers.Contract;
using Gateway.Providers.Translation;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Providers.Tests.Translation;

public sealed class LeaseTests
{
    [Theory]
    [InlineData(0, "Alive")]
    [InlineData(5 * 60, "Alive")]
    [InlineData((5 * 60) + 15, "Alive")]
    [InlineData((5 * 60) + 16, "Expired")]
    [InlineData((5 * 60) + 75, "Expired")]
    [InlineData((5 * 60) + 76, "Removable")]
    public void Between_the_last_use_and_the_removal_lies_a_time_in_which_neither_may_be(long seconds, string state) =>
        Assert.Equal(state, Lease.At(1_000_000, 5, 1_000_000 + (seconds * 1000)).ToString());

    [Fact]
    public async Task Use_is_noted_once_in_a_while_and_refused_when_the_idle_time_is_over()
    {
        var time = new FakeTimeProvider(PlanTables.Now);
        var leases = new Leases(time);
        var container = new Noted(leases.NowMs);
        await leases.UseAsync(container, TestContext.Current.CancellationToken);
        Assert.Empty(container.Notes);
        time.Advance(TimeSpan.FromMinutes(1));
        await leases.UseAsync(container, TestContext.Current.CancellationToken);
        await leases.UseAsync(container, TestContext.Current.CancellationToken);
        Assert.Equal([leases.NowMs], container.Notes);
        time.Advance(TimeSpan.FromMinutes(4));
        await leases.UseAsync(container, TestContext.Current.CancellationToken);
        Assert.Equal(2, container.Notes.Count);
        time.Advance(TimeSpan.FromMinutes(6));
        var refused = await Assert.ThrowsAsync<TranslationRefusedException>(
            () => leases.UseAsync(container, TestContext.Current.CancellationToken).AsTask());
        Assert.Equal("Container is expired.", refused.Error.Message);
    }

    [Fact]
    public async Task Another_instance_that_has_used_a_container_keeps_it_alive()
    {
        var time = new FakeTimeProvider(PlanTables.Now);
        var leases = new Leases(time);
        var container = new Noted(leases.NowMs);
        await leases.UseAsync(container, TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromMinutes(10));
        container.Notes.Add(leases.NowMs - 1000);
        await leases.SweepAsync([container], TestContext.Current.CancellationToken);
        Assert.False(container.Removed);
        Assert.Equal(LeaseState.Alive, await leases.StateAsync(container, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Sweep_removes_what_is_over_and_what_never_started_whatever_fails_beside_it()
    {
        var time = new FakeTimeProvider(PlanTables.Now);
        var leases = new Leases(time);
        Noted[] all = [new(leases.NowMs) { Fails = true }, new(leases.NowMs), new(leases.NowMs) { WasStarted = false }];
        time.Advance(TimeSpan.FromMinutes(30));
        await leases.SweepAsync(all, TestContext.Current.CancellationToken);
        Assert.Equal([false, true, false], all.Select(each => each.Removed));
        time.Advance(TimeSpan.FromMinutes(31));
        await leases.SweepAsync(all, TestContext.Current.CancellationToken);
        Assert.True(all[2].Removed);
    }

    private sealed class Noted(long createdMs) : ILeased
    {
        public List<long> Notes { get; } = [];

        public bool Removed { get; private set; }

        public bool Fails { get; init; }

        public string Key { get; } = Guid.NewGuid().ToString();

        public long CreatedMs => createdMs;

        public long IdleMinutes => 5;

        public bool WasStarted { get; init; } = true;

        public ValueTask<long?> ReadUseAsync(CancellationToken cancellationToken) =>
            ValueTask.FromResult(Notes.Count == 0 ? null : (long?)Notes.Max());

        public ValueTask NoteUseAsync(long nowMs, CancellationToken cancellationToken)
        {
            Notes.Add(nowMs);
            return ValueTask.CompletedTask;
        }

        public ValueTask RemoveAsync(CancellationToken cancellationToken)
        {
            Removed = !Fails;
            return Fails ? throw new TranslationRefusedException(GatewayError.BadUpstream("in a state that passes")) : ValueTask.CompletedTask;
        }
    }
}
