using System.Collections.Immutable;
using Gateway.Limits;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Limits;

public sealed class RequestWindowsTests
{
    private static readonly RequestQuota s_key = new("key:ann", "this virtual key", 3, TimeSpan.FromMinutes(1));
    private static readonly RequestQuota s_team = new("team:lab", "its team", 5, TimeSpan.FromHours(1));

    private readonly FakeTimeProvider _time = new();
    private readonly RequestWindows _windows;

    public RequestWindowsTests() => _windows = new RequestWindows(_time);

    [Fact]
    public void Window_begins_with_its_first_request_and_ends_after_its_length()
    {
        Assert.Equal((1, TimeSpan.FromMinutes(1)), Taken(s_key));
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal((2, TimeSpan.FromSeconds(1)), Taken(s_key));
        Assert.Equal((3, TimeSpan.FromSeconds(1)), Taken(s_key));
        Assert.Null(Taken(s_key));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((1, TimeSpan.FromMinutes(1)), Taken(s_key));
    }

    [Fact]
    public void Request_that_one_quota_refuses_is_counted_by_none()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.NotNull(Taken(s_key, s_team));
        }

        Assert.Null(Taken(s_key, s_team));
        Assert.Equal(3, Assert.Single(_windows.Look([s_team])).Used);
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.NotNull(Taken(s_key, s_team));
        Assert.NotNull(Taken(s_key, s_team));
        Assert.Null(Taken(s_key, s_team));
        Assert.Equal(2, Assert.Single(_windows.Look([s_key])).Used);
    }

    [Fact]
    public void Edit_of_a_number_goes_on_counting_and_an_edit_of_a_window_begins_anew()
    {
        Assert.NotNull(Taken(s_key));
        Assert.NotNull(Taken(s_key));
        Assert.Null(Taken(s_key with { Requests = 2 }));
        Assert.Equal(3, Taken(s_key with { Requests = 9 })!.Value.Used);
        Assert.Equal(1, Taken(s_key with { Window = TimeSpan.FromMinutes(2) })!.Value.Used);
    }

    [Fact]
    public void Answer_that_was_overtaken_takes_no_count_back_and_a_new_window_does()
    {
        _windows.Learn([new QuotaState(s_team, 4, TimeSpan.FromMinutes(50))]);
        _windows.Learn([new QuotaState(s_team, 3, TimeSpan.FromMinutes(50))]);
        var state = Assert.Single(_windows.Look([s_team]));
        Assert.Equal((4, TimeSpan.FromMinutes(50)), (state.Used, state.Reset));
        _time.Advance(TimeSpan.FromMinutes(49));
        _windows.Learn([new QuotaState(s_team, 1, TimeSpan.FromHours(1))]);
        Assert.Equal((1, 4), (Assert.Single(_windows.Look([s_team])).Used, Assert.Single(_windows.Look([s_team])).Remaining));
    }

    [Fact]
    public void Counts_of_what_is_configured_no_longer_are_forgotten()
    {
        Taken(s_key, s_team);
        _windows.Keep(ImmutableHashSet.Create(s_team.Key));
        Assert.Equal(1, _windows.Kept);
        Assert.Equal(1, Assert.Single(_windows.Look([s_team])).Used);
    }

    [Fact]
    public async Task Requests_side_by_side_never_take_more_than_there_are()
    {
        var quota = s_key with { Requests = 500 };
        var taken = 0;
        await Parallel.ForAsync(0, 2000, (_, _) =>
        {
            _windows.Take([quota, s_team with { Requests = 700 }], out var isTaken);
            Interlocked.Add(ref taken, isTaken ? 1 : 0);
            return ValueTask.CompletedTask;
        });
        Assert.Equal(500, taken);
    }

    private (int Used, TimeSpan Reset)? Taken(params RequestQuota[] quotas)
    {
        var states = _windows.Take([.. quotas], out var isTaken);
        return isTaken ? (states[0].Used, states[0].Reset) : null;
    }
}
