using Gateway.Accounts;
using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Pipeline;

/// <summary>When an account goes out, for how long, and how it comes back.</summary>
public sealed class AccountHealthTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Account _account = Accounts.Of("a");
    private readonly AccountHealth _health;

    public AccountHealthTests() => _health = new AccountHealth(_time);

    [Theory]
    [InlineData(nameof(AttemptOutcome.Credential), 15, 600)]
    [InlineData(nameof(AttemptOutcome.Throttled), 1, 60)]
    public void Certain_failure_takes_an_account_out_at_once_and_twice_as_long_each_time(string failure, int first, int max)
    {
        var expected = first;
        for (var i = 0; i < 12; i++)
        {
            _health.Note("p", _account, OperationKind.Create, Enum.Parse<AttemptOutcome>(failure), null);
            Assert.Equal(expected, (_health.OutageOf("p", _account, OperationKind.Create)!.Until - _time.GetUtcNow()).TotalSeconds);
            _time.Advance(TimeSpan.FromSeconds(expected));
            Assert.Null(_health.OutageOf("p", _account, OperationKind.Create));
            expected = Math.Min(expected * 2, max);
        }
    }

    [Theory]
    [InlineData(nameof(AttemptOutcome.Overloaded))]
    [InlineData(nameof(AttemptOutcome.NotSent))]
    [InlineData(nameof(AttemptOutcome.Ambiguous))]
    [InlineData(nameof(AttemptOutcome.TimedOut))]
    public void Failure_that_may_be_bad_luck_takes_an_account_out_in_a_row_only(string failure)
    {
        for (var i = 1; i < AccountHealth.FailuresInRow; i++)
        {
            _health.Note("p", _account, OperationKind.Create, Enum.Parse<AttemptOutcome>(failure), null);
        }

        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.None, null);
        for (var i = 1; i < AccountHealth.FailuresInRow; i++)
        {
            _health.Note("p", _account, OperationKind.Create, Enum.Parse<AttemptOutcome>(failure), null);
            Assert.Null(_health.OutageOf("p", _account, OperationKind.Create));
        }

        _health.Note("p", _account, OperationKind.Create, Enum.Parse<AttemptOutcome>(failure), null);
        Assert.NotNull(_health.OutageOf("p", _account, OperationKind.Create));

        // After its time one more failure is enough.
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_health.OutageOf("p", _account, OperationKind.Create));
        _health.Note("p", _account, OperationKind.Create, Enum.Parse<AttemptOutcome>(failure), null);
        Assert.Equal(2, (_health.OutageOf("p", _account, OperationKind.Create)!.Until - _time.GetUtcNow()).TotalSeconds);
    }

    [Fact]
    public void Rate_limit_of_an_account_lasts_as_long_as_it_says_for_its_kind_and_whatever_succeeds_meanwhile()
    {
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Throttled, null);
        Assert.Null(_health.WaitOf("p", _account, OperationKind.Create));
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Throttled, TimeSpan.FromSeconds(42));
        Assert.Equal(42, _health.WaitOf("p", _account, OperationKind.Create)!.Value.TotalSeconds);
        Assert.Null(_health.WaitOf("p", _account, OperationKind.Read));
        Assert.Null(_health.OutageOf("p", _account, OperationKind.Write));
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.None, null);
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Credential, null);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(40, _health.WaitOf("p", _account, OperationKind.Create)!.Value.TotalSeconds);
        Assert.Equal(AttemptOutcome.Throttled, _health.OutageOf("p", _account, OperationKind.Create)!.Reason);
        Assert.Equal(AttemptOutcome.Credential, _health.OutageOf("p", _account, OperationKind.Read)!.Reason);
        _time.Advance(TimeSpan.FromSeconds(40));
        Assert.Null(_health.OutageOf("p", _account, OperationKind.Create));
    }

    [Fact]
    public void Request_sent_before_an_outage_neither_prolongs_it_nor_counts()
    {
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Credential, null);
        var outage = _health.OutageOf("p", _account, OperationKind.Create);
        _time.Advance(TimeSpan.FromSeconds(5));
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Credential, null);
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.NotAttributable, null);
        Assert.Equal(outage, _health.OutageOf("p", _account, OperationKind.Create));
    }

    [Fact]
    public void Another_secret_under_the_same_name_is_another_account()
    {
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Credential, null);
        Assert.Null(_health.OutageOf("p", _account with { Secret = new Secret("new") }, OperationKind.Create));
        Assert.Null(_health.OutageOf("other", _account, OperationKind.Create));
        _health.Keep([]);
        Assert.Null(_health.OutageOf("p", _account, OperationKind.Create));
    }
}
