using Gateway.Pipeline;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Pipeline;

public sealed class DeadlineTests
{
    private static readonly TimeSpan s_total = TimeSpan.FromSeconds(10);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Deadline_is_over_when_its_time_has_passed()
    {
        using var deadline = new Deadline(s_total, _time, CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal((false, TimeSpan.FromSeconds(1)), (deadline.IsOver, deadline.Remaining));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal((true, TimeSpan.Zero, false), (deadline.IsOver, deadline.Remaining, deadline.ClientLeft));
        Assert.True(deadline.Token.IsCancellationRequested);
    }

    [Fact]
    public void Client_that_leaves_ends_the_deadline_without_its_time_being_over()
    {
        using var client = new CancellationTokenSource();
        using var deadline = new Deadline(s_total, _time, client.Token);
        client.Cancel();
        Assert.True(deadline.Token.IsCancellationRequested);
        Assert.Equal((false, true), (deadline.IsOver, deadline.ClientLeft));
    }

    [Fact]
    public void Paused_deadline_counts_no_time_until_it_restarts_in_full()
    {
        using var deadline = new Deadline(s_total, _time, CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(4));
        deadline.Pause();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal((false, TimeSpan.FromSeconds(4)), (deadline.IsOver, deadline.Used));
        deadline.Restart();
        Assert.Equal(s_total, deadline.Remaining);
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal((false, TimeSpan.FromSeconds(13)), (deadline.IsOver, deadline.Used));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(deadline.IsOver);
    }

    [Fact]
    public void Second_pause_or_restart_keeps_the_time_already_used()
    {
        using var deadline = new Deadline(s_total, _time, CancellationToken.None);
        _time.Advance(TimeSpan.FromSeconds(1));
        deadline.Pause();
        deadline.Pause();
        deadline.Restart();
        _time.Advance(TimeSpan.FromSeconds(2));
        deadline.Restart();
        Assert.Equal((TimeSpan.FromSeconds(3), s_total), (deadline.Used, deadline.Remaining));
    }

    [Fact]
    public void Disposed_deadline_takes_what_it_used_from_the_budget_and_ignores_a_late_pause()
    {
        var budget = new CallBudget(s_total);
        using (var deadline = new Deadline(s_total, _time, CancellationToken.None, budget: budget))
        {
            _time.Advance(TimeSpan.FromSeconds(3));
            deadline.Pause();
            _time.Advance(TimeSpan.FromSeconds(5));
            deadline.Dispose();
            deadline.Pause();
            Assert.Equal(TimeSpan.FromSeconds(7), budget.Remaining);
        }
    }

    [Fact]
    public async Task Wait_ends_with_its_pause_the_deadline_or_the_client()
    {
        using var deadline = new Deadline(s_total, _time, CancellationToken.None);
        Assert.True(await deadline.WaitAsync(TimeSpan.Zero, CancellationToken.None));
        var pause = deadline.WaitAsync(TimeSpan.FromSeconds(1), CancellationToken.None).AsTask();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await pause);

        using var client = new CancellationTokenSource();
        var left = deadline.WaitAsync(TimeSpan.FromSeconds(1), client.Token).AsTask();
        await client.CancelAsync();
        Assert.False(await left);
        Assert.False(await deadline.WaitAsync(TimeSpan.Zero, client.Token));

        var tooLong = deadline.WaitAsync(TimeSpan.FromMinutes(1), CancellationToken.None).AsTask();
        _time.Advance(s_total);
        Assert.False(await tooLong);
    }

    [Fact]
    public void Deadline_on_the_real_clock_never_inherits_the_end_of_an_earlier_one()
    {
        for (var round = 0; round < 100; round++)
        {
            using var client = new CancellationTokenSource();
            using var deadline = new Deadline(TimeSpan.FromHours(1), TimeProvider.System, client.Token, isCollected: true);
            Assert.Equal((false, false), (deadline.Token.IsCancellationRequested, deadline.IsOver));
            if (round % 2 == 0)
            {
                client.Cancel();
            }
        }
    }
}
