using Gateway.Providers.Local;

namespace Gateway.Providers.Tests.Local;

public sealed class LocalActivityTests
{
    private const long Idle = 20 * 60_000;

    private static readonly LocalContainer s_stored = new()
    {
        Seq = 1, Id = "cntr_1", Name = "n", CreatedAt = 0, LastActiveMs = 0, IdleMinutes = 20, MemoryLimit = "1g", Expired = false,
    };

    [Fact]
    public void A_container_once_closed_is_not_used_again_even_when_the_clock_goes_back()
    {
        var activity = new LocalStoreActivity();
        Assert.Equal(0, activity.Close(s_stored, Idle)?.LastActiveMs);
        Assert.Null(activity.Touch(s_stored, Idle - 5));
        Assert.NotNull(activity.Close(s_stored, Idle - 5));
    }

    [Fact]
    public void A_use_that_came_first_wins_over_the_sweep()
    {
        var activity = new LocalStoreActivity();
        Assert.Equal(Idle - 1, activity.Touch(s_stored, Idle - 1)?.LastActiveMs);
        Assert.Null(activity.Close(s_stored, Idle));
        Assert.False(activity.Observe(s_stored, Idle).Expired);
        Assert.Null(activity.Touch(s_stored, (2 * Idle) - 1));
    }

    [Fact]
    public void Each_use_of_a_container_is_saved_once()
    {
        var activity = new LocalStoreActivity();
        activity.Touch(s_stored, 5);
        Assert.Equal([new(1, 5)], activity.Unsaved());
        activity.Touch(s_stored, 7);
        activity.Saved(1, 5);
        Assert.Equal([new(1, 7)], activity.Unsaved());
        activity.Saved(1, 7);
        Assert.Empty(activity.Unsaved());
    }
}
