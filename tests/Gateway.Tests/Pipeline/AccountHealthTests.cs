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
            _health.Note("p", _account, OperationKind.Create, Enum.Parse<AttemptOutcome>(failure), null, null);
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
            _health.Note("p", _account, OperationKind.Create, Enum.Parse<AttemptOutcome>(failure), null, null);
        }

        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.None, null, null);
        for (var i = 1; i < AccountHealth.FailuresInRow; i++)
        {
            _health.Note("p", _account, OperationKind.Create, Enum.Parse<AttemptOutcome>(failure), null, null);
            Assert.Null(_health.OutageOf("p", _account, OperationKind.Create));
        }

        _health.Note("p", _account, OperationKind.Create, Enum.Parse<AttemptOutcome>(failure), null, null);
        Assert.NotNull(_health.OutageOf("p", _account, OperationKind.Create));

        // After its time one more failure is enough.
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(_health.OutageOf("p", _account, OperationKind.Create));
        _health.Note("p", _account, OperationKind.Create, Enum.Parse<AttemptOutcome>(failure), null, null);
        Assert.Equal(2, (_health.OutageOf("p", _account, OperationKind.Create)!.Until - _time.GetUtcNow()).TotalSeconds);
    }

    [Fact]
    public void Rate_limit_of_an_account_lasts_as_long_as_it_says_for_its_kind_and_whatever_succeeds_meanwhile()
    {
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Throttled, null, null);
        Assert.Null(_health.WaitOf("p", _account, OperationKind.Create));
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Throttled, TimeSpan.FromSeconds(42), null);
        Assert.Equal(42, _health.WaitOf("p", _account, OperationKind.Create)!.Value.TotalSeconds);
        Assert.Null(_health.WaitOf("p", _account, OperationKind.Read));
        Assert.Null(_health.OutageOf("p", _account, OperationKind.Write));
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.None, null, null);
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Credential, null, null);
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
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Credential, null, null);
        var outage = _health.OutageOf("p", _account, OperationKind.Create);
        _time.Advance(TimeSpan.FromSeconds(5));
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Credential, null, null);
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.NotAttributable, null, null);
        Assert.Equal(outage, _health.OutageOf("p", _account, OperationKind.Create));
    }

    [Fact]
    public void Another_secret_under_the_same_name_is_another_account()
    {
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Credential, null, null);
        Assert.Null(_health.OutageOf("p", _account with { Secret = new Secret("new") }, OperationKind.Create));
        Assert.Null(_health.OutageOf("other", _account, OperationKind.Create));
        _health.Keep([]);
        Assert.Null(_health.OutageOf("p", _account, OperationKind.Create));
    }

    [Fact]
    public void Failures_of_one_tenant_take_an_account_out_for_that_tenant_alone()
    {
        Fail("a", AccountHealth.FailuresInRow - 1);
        Assert.Null(OutageOf("a"));
        Fail("a");
        Assert.Equal((1, 0, 0), (Seconds("a"), Seconds("b"), Seconds(null)));

        // However long it goes on: each time longer for itself, and nothing for the others.
        _time.Advance(TimeSpan.FromSeconds(1));
        Fail("a");
        Assert.Equal((2, 0, 0), (Seconds("a"), Seconds("b"), Seconds(null)));

        // A call of another that succeeds says that the account is well.
        _health.Note("p", _account, OperationKind.Read, AttemptOutcome.None, null, "b");
        Assert.Null(OutageOf("a"));
        Fail("a", AccountHealth.FailuresInRow - 1);
        Assert.Null(OutageOf("a"));
    }

    [Fact]
    public void Failures_of_two_tenants_take_an_account_out_for_everybody()
    {
        Fail("a", AccountHealth.FailuresInRow - 1);
        Fail("b");
        Assert.Equal((1, 1, 1), (Seconds("a"), Seconds("c"), Seconds(null)));

        // What is in flight says nothing new, and after that time a single tenant speaks for itself again.
        Fail("b", 3);
        _time.Advance(TimeSpan.FromSeconds(1));
        Fail("b", 3);
        Assert.Equal((0, 1, 0), (Seconds("a"), Seconds("b"), Seconds(null)));
        Fail("a");
        Assert.Equal((2, 2, 2), (Seconds("a"), Seconds("b"), Seconds(null)));
    }

    [Fact]
    public void Outages_of_one_tenant_lengthen_none_of_everybody()
    {
        Fail("a", AccountHealth.FailuresInRow);
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            Fail("a");
        }

        Assert.Equal((60, 0), (Seconds("a"), Seconds(null)));
        Fail("b");
        Assert.Equal((1, 1), (Seconds("a"), Seconds(null)));
    }

    [Fact]
    public void Refused_credential_is_everybodys_whoever_finds_it_out()
    {
        Fail("a", AccountHealth.FailuresInRow);
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Credential, null, "a");
        Assert.Equal((15, 15), (Seconds("b"), Seconds(null)));
        _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Throttled, TimeSpan.FromSeconds(20), "a");
        Assert.Equal(20, Seconds("b"));
    }

    private void Fail(string tenant, int times = 1)
    {
        for (var i = 0; i < times; i++)
        {
            _health.Note("p", _account, OperationKind.Create, AttemptOutcome.Overloaded, null, tenant);
        }
    }

    private AccountOutage? OutageOf(string? tenant) => _health.OutageOf("p", _account, OperationKind.Create, tenant);

    private double Seconds(string? tenant) => OutageOf(tenant) is { } outage ? (outage.Until - _time.GetUtcNow()).TotalSeconds : 0;
}
