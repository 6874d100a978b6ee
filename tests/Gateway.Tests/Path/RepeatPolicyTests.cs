using CsCheck;
using Gateway.Path;
using Gateway.Providers.Contract;
using Xunit;

namespace Gateway.Tests.Path;

public sealed class RepeatPolicyTests
{
    private static readonly TimeSpan s_backoff = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_asked = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_plenty = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The whole table for one repetition allowed. Columns: first attempt and second attempt (which is out of budget); "no" stops, "now" repeats
    /// without a wait, "backoff" and "asked" wait as long as that.
    /// </summary>
    public static TheoryData<string, string, string, string> Table => new()
    {
        { nameof(Failure.None), nameof(Repeat.Never), "no", "no" },
        { nameof(Failure.None), nameof(Repeat.Safe), "no", "no" },
        { nameof(Failure.None), nameof(Repeat.Delete), "no", "no" },
        { nameof(Failure.NotSent), nameof(Repeat.Never), "backoff", "no" },
        { nameof(Failure.NotSent), nameof(Repeat.Safe), "backoff", "no" },
        { nameof(Failure.NotSent), nameof(Repeat.Delete), "backoff", "no" },
        { nameof(Failure.Ambiguous), nameof(Repeat.Never), "no", "no" },
        { nameof(Failure.Ambiguous), nameof(Repeat.Safe), "now", "no" },
        { nameof(Failure.Ambiguous), nameof(Repeat.Delete), "now", "no" },
        { nameof(Failure.Throttled), nameof(Repeat.Never), "asked", "no" },
        { nameof(Failure.Throttled), nameof(Repeat.Safe), "asked", "no" },
        { nameof(Failure.Throttled), nameof(Repeat.Delete), "asked", "no" },
        { nameof(Failure.Overloaded), nameof(Repeat.Never), "no", "no" },
        { nameof(Failure.Overloaded), nameof(Repeat.Safe), "asked", "no" },
        { nameof(Failure.Overloaded), nameof(Repeat.Delete), "asked", "no" },
        { nameof(Failure.Over), nameof(Repeat.Never), "no", "no" },
        { nameof(Failure.Over), nameof(Repeat.Safe), "no", "no" },
        { nameof(Failure.Over), nameof(Repeat.Delete), "no", "no" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void What_is_repeated_follows_from_the_failure_and_the_hop(string failure, string repeat, string first, string second)
    {
        var question = Ask(Enum.Parse<Failure>(failure), Enum.Parse<Repeat>(repeat));
        Assert.Equal(Wait(first), RepeatPolicy.Next(question));
        Assert.Equal(Wait(second), RepeatPolicy.Next(question with { Number = 2 }));
        Assert.Null(RepeatPolicy.Next(question with { CanResend = false }));
        Assert.Equal(first == "now" ? TimeSpan.Zero : null, RepeatPolicy.Next(question with { MaxRetries = 0 }));
        Assert.Equal(first == "asked" ? s_backoff : Wait(first), RepeatPolicy.Next(question with { RetryAfter = null }));
        Assert.Equal(first == "now" ? TimeSpan.Zero : null, RepeatPolicy.Next(question with { Remaining = TimeSpan.FromMilliseconds(100) }));
    }

    [Fact]
    public void The_table_is_complete() =>
        Assert.Equal(Enum.GetValues<Failure>().Length * Enum.GetValues<Repeat>().Length, Table.Select(row => (row.Data.Item1, row.Data.Item2)).Distinct().Count());

    [Fact]
    public void No_wait_reaches_the_deadline_and_no_budget_is_exceeded() =>
        Gen.Select(
            Gen.Enum<Failure>(), Gen.Enum<Repeat>(), Gen.Bool, Gen.Int[1, 12], Gen.Int[0, 10], Gen.Int[0, 5000], Gen.Int[0, 5000], Gen.Bool)
            .Sample((failure, repeat, canResend, number, retries, backoff, remaining, asked) =>
            {
                var wait = RepeatPolicy.Next(new RepeatQuestion(
                    failure, repeat, canResend, number, retries, asked ? s_asked : null, TimeSpan.FromMilliseconds(backoff),
                    TimeSpan.FromMilliseconds(remaining)));
                Assert.True(wait is null || canResend);
                Assert.True(wait is null || wait == TimeSpan.Zero || wait < TimeSpan.FromMilliseconds(remaining));
                Assert.True(wait is null || number <= Math.Max(1, retries));
                Assert.True(wait is null || repeat != Repeat.Never || failure is Failure.NotSent or Failure.Throttled);
            });

    [Fact]
    public void Backoff_doubles_within_a_fifth_and_stays_bounded() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 10_000], Gen.Int[1, 60_000], Gen.Double[0, 0.999]).Sample((number, initial, max, spread) =>
        {
            var wait = RepeatPolicy.Backoff(number, TimeSpan.FromMilliseconds(initial), TimeSpan.FromMilliseconds(max), spread);
            Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromMilliseconds(max));
            if (number == 1 && initial * 2 < max)
            {
                Assert.InRange(wait.TotalMilliseconds, (initial * 0.8) - 0.001, (initial * 1.2) + 0.001);
            }
        });

    private static RepeatQuestion Ask(Failure failure, Repeat repeat) => new(failure, repeat, true, 1, 1, s_asked, s_backoff, s_plenty);

    private static TimeSpan? Wait(string word) => word switch
    {
        "now" => TimeSpan.Zero,
        "backoff" => s_backoff,
        "asked" => s_asked,
        _ => null,
    };
}
