using CsCheck;
using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Xunit;

namespace Gateway.Tests.Pipeline;

public sealed class RetryPolicyTests
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
        { nameof(AttemptOutcome.None), nameof(Idempotency.Never), "no", "no" },
        { nameof(AttemptOutcome.None), nameof(Idempotency.Safe), "no", "no" },
        { nameof(AttemptOutcome.None), nameof(Idempotency.Delete), "no", "no" },
        { nameof(AttemptOutcome.None), nameof(Idempotency.Keyed), "no", "no" },
        { nameof(AttemptOutcome.NotSent), nameof(Idempotency.Never), "backoff", "no" },
        { nameof(AttemptOutcome.NotSent), nameof(Idempotency.Safe), "backoff", "no" },
        { nameof(AttemptOutcome.NotSent), nameof(Idempotency.Delete), "backoff", "no" },
        { nameof(AttemptOutcome.NotSent), nameof(Idempotency.Keyed), "backoff", "no" },
        { nameof(AttemptOutcome.Ambiguous), nameof(Idempotency.Never), "no", "no" },
        { nameof(AttemptOutcome.Ambiguous), nameof(Idempotency.Safe), "now", "no" },
        { nameof(AttemptOutcome.Ambiguous), nameof(Idempotency.Delete), "now", "no" },
        { nameof(AttemptOutcome.Ambiguous), nameof(Idempotency.Keyed), "now", "no" },
        { nameof(AttemptOutcome.Throttled), nameof(Idempotency.Never), "asked", "no" },
        { nameof(AttemptOutcome.Throttled), nameof(Idempotency.Safe), "asked", "no" },
        { nameof(AttemptOutcome.Throttled), nameof(Idempotency.Delete), "asked", "no" },
        { nameof(AttemptOutcome.Throttled), nameof(Idempotency.Keyed), "asked", "no" },
        { nameof(AttemptOutcome.Overloaded), nameof(Idempotency.Never), "no", "no" },
        { nameof(AttemptOutcome.Overloaded), nameof(Idempotency.Safe), "asked", "no" },
        { nameof(AttemptOutcome.Overloaded), nameof(Idempotency.Delete), "asked", "no" },
        { nameof(AttemptOutcome.Overloaded), nameof(Idempotency.Keyed), "asked", "no" },
        { nameof(AttemptOutcome.Credential), nameof(Idempotency.Never), "no", "no" },
        { nameof(AttemptOutcome.Credential), nameof(Idempotency.Safe), "no", "no" },
        { nameof(AttemptOutcome.Credential), nameof(Idempotency.Delete), "no", "no" },
        { nameof(AttemptOutcome.Credential), nameof(Idempotency.Keyed), "no", "no" },
        { nameof(AttemptOutcome.Forbidden), nameof(Idempotency.Never), "no", "no" },
        { nameof(AttemptOutcome.Forbidden), nameof(Idempotency.Safe), "no", "no" },
        { nameof(AttemptOutcome.Forbidden), nameof(Idempotency.Delete), "no", "no" },
        { nameof(AttemptOutcome.Forbidden), nameof(Idempotency.Keyed), "no", "no" },
        { nameof(AttemptOutcome.TimedOut), nameof(Idempotency.Never), "no", "no" },
        { nameof(AttemptOutcome.TimedOut), nameof(Idempotency.Safe), "no", "no" },
        { nameof(AttemptOutcome.TimedOut), nameof(Idempotency.Delete), "no", "no" },
        { nameof(AttemptOutcome.TimedOut), nameof(Idempotency.Keyed), "no", "no" },
        { nameof(AttemptOutcome.NotAttributable), nameof(Idempotency.Never), "no", "no" },
        { nameof(AttemptOutcome.NotAttributable), nameof(Idempotency.Safe), "no", "no" },
        { nameof(AttemptOutcome.NotAttributable), nameof(Idempotency.Delete), "no", "no" },
        { nameof(AttemptOutcome.NotAttributable), nameof(Idempotency.Keyed), "no", "no" },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void Retry_follows_from_the_failure_and_the_request(string failure, string repeat, string first, string second)
    {
        var question = Ask(Enum.Parse<AttemptOutcome>(failure), Enum.Parse<Idempotency>(repeat));
        Assert.Equal(Wait(first), RetryPolicy.Next(question)?.Wait);
        Assert.Equal(Wait(second), RetryPolicy.Next(question with { Number = 2 })?.Wait);
        Assert.Null(RetryPolicy.Next(question with { CanResend = false }));
        Assert.Equal(first == "now" ? TimeSpan.Zero : null, RetryPolicy.Next(question with { MaxRetries = 0 })?.Wait);
        Assert.Equal(first == "asked" ? s_backoff : Wait(first), RetryPolicy.Next(question with { RetryAfter = null })?.Wait);
        Assert.Equal(first == "now" ? TimeSpan.Zero : null, RetryPolicy.Next(question with { Remaining = TimeSpan.FromMilliseconds(100) })?.Wait);
    }

    /// <summary>
    /// What was refused before anything was done goes to another account at once, even without a repetition allowed; nothing else does.
    /// </summary>
    [Fact]
    public void Request_moves_to_another_account_only_when_it_was_refused_untouched()
    {
        foreach (var failure in Enum.GetValues<AttemptOutcome>())
        {
            foreach (var repeat in Enum.GetValues<Idempotency>())
            {
                var next = RetryPolicy.Next(Ask(failure, repeat) with { HasOther = true, MaxRetries = 0, Number = 3 });
                var moves = failure is AttemptOutcome.Credential or AttemptOutcome.Forbidden or AttemptOutcome.Throttled or AttemptOutcome.NotSent;
                Assert.Equal(moves ? RetryDecision.Other : null, next);
                Assert.Null(RetryPolicy.Next(Ask(failure, repeat) with { HasOther = true, CanResend = false }));
            }
        }
    }

    [Fact]
    public void Table_of_retries_has_every_failure_and_idempotency() =>
        Assert.Equal(
            Enum.GetValues<AttemptOutcome>().Length * Enum.GetValues<Idempotency>().Length,
            Table.Select(row => (row.Data.Item1, row.Data.Item2)).Distinct().Count());

    [Fact]
    public void Wait_before_a_retry_never_reaches_the_deadline_nor_exceeds_the_budget() =>
        Gen.Select(
            Gen.Enum<AttemptOutcome>(), Gen.Enum<Idempotency>(), Gen.Bool, Gen.Int[1, 12], Gen.Int[0, 10], Gen.Int[0, 5000], Gen.Int[0, 5000],
            Gen.Bool)
            .Sample((failure, repeat, canResend, number, retries, backoff, remaining, asked) =>
            {
                var wait = RetryPolicy.Next(new RetryContext(
                    failure, repeat, canResend, number, retries, asked ? s_asked : null, TimeSpan.FromMilliseconds(backoff),
                    TimeSpan.FromMilliseconds(remaining)))?.Wait;
                Assert.True(wait is null || canResend);
                Assert.True(wait is null || wait == TimeSpan.Zero || wait < TimeSpan.FromMilliseconds(remaining));
                Assert.True(wait is null || number <= Math.Max(1, retries));
                Assert.True(wait is null || repeat != Idempotency.Never || failure is AttemptOutcome.NotSent or AttemptOutcome.Throttled);
            });

    [Fact]
    public void Backoff_of_retries_doubles_within_a_fifth_and_stays_bounded() =>
        Gen.Select(Gen.Int[1, 200], Gen.Int[1, 10_000], Gen.Int[1, 60_000], Gen.Double[0, 0.999]).Sample((number, initial, max, spread) =>
        {
            var wait = RetryPolicy.Backoff(number, TimeSpan.FromMilliseconds(initial), TimeSpan.FromMilliseconds(max), spread);
            Assert.InRange(wait, TimeSpan.Zero, TimeSpan.FromMilliseconds(max));
            if (number == 1 && initial * 2 < max)
            {
                Assert.InRange(wait.TotalMilliseconds, (initial * 0.8) - 0.001, (initial * 1.2) + 0.001);
            }
        });

    private static RetryContext Ask(AttemptOutcome failure, Idempotency repeat) => new(failure, repeat, true, 1, 1, s_asked, s_backoff, s_plenty);

    private static TimeSpan? Wait(string word) => word switch
    {
        "now" => TimeSpan.Zero,
        "backoff" => s_backoff,
        "asked" => s_asked,
        _ => null,
    };
}
