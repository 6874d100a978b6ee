using System.Collections.Immutable;
using Gateway.Providers.Contract;

namespace Gateway.Path;

/// <summary>Why an account is out, and until when.</summary>
/// <param name="Reason">The failure that took it out.</param>
/// <param name="Until">When it may be tried again.</param>
internal sealed record AccountOutage(Failure Reason, DateTimeOffset Until);

/// <summary>An account as calls have found it.</summary>
/// <param name="Outage">Why it is out, and until when; null while it may be used.</param>
/// <param name="FailuresInRow">Failures since its last success.</param>
/// <param name="Outages">Outages since its last success; each is twice as long as the one before.</param>
internal sealed record AccountState(AccountOutage? Outage, int FailuresInRow, int Outages)
{
    /// <summary>An account of which nothing bad is known.</summary>
    public static AccountState Healthy { get; } = new(null, 0, 0);
}

/// <summary>
/// Passive health of accounts: what calls find out, nothing else; a probe of its own would keep containers alive and billed. An account goes out at
/// once when its credential is refused or its quota is used up, and after some failures in a row otherwise. It comes back by time, each outage twice
/// as long as the one before; the first success forgets everything.
/// </summary>
internal sealed class AccountHealth(TimeProvider time)
{
    /// <summary>Failures in a row, of the kinds that may be bad luck, that take an account out.</summary>
    public const int FailuresInRow = 5;

    private static readonly TimeSpan s_credential = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_other = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_maxCredential = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_maxOther = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Of accounts that have failed since their last success, keyed by identity: another secret or address under the same name starts healthy. Empty as a
    /// rule, which every call asks and only few change.
    /// </summary>
    private ImmutableDictionary<AccountKey, State> _states = ImmutableDictionary<AccountKey, State>.Empty;

    /// <summary>The account's outage, or null when it may be used.</summary>
    public AccountOutage? OutageOf(string provider, Account account) =>
        _states.TryGetValue(Key(provider, account), out var state) && state.Outage is { } outage && outage.Until > time.GetUtcNow() ? outage : null;

    /// <summary>Everything that is known of an account, for operators.</summary>
    public AccountState StateOf(string provider, Account account) =>
        _states.TryGetValue(Key(provider, account), out var state)
            ? new AccountState(OutageOf(provider, account), state.Failures, state.Outages)
            : AccountState.Healthy;

    /// <summary>Time until an outage ends, at least a second.</summary>
    public TimeSpan Until(AccountOutage outage)
    {
        var wait = outage.Until - time.GetUtcNow();
        return wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1);
    }

    /// <summary>Notes how an attempt ended.</summary>
    public void Note(string provider, Account account, Failure failure, TimeSpan? retryAfter)
    {
        if (failure == Failure.None)
        {
            if (!_states.IsEmpty)
            {
                ImmutableInterlocked.TryRemove(ref _states, Key(provider, account), out _);
            }

            return;
        }

        if (failure is not Failure.Over)
        {
            Fail(Key(provider, account), failure, retryAfter);
        }
    }

    /// <summary>Forgets accounts that are no longer configured.</summary>
    public void Keep(IEnumerable<(string Provider, Account Account)> accounts)
    {
        var kept = accounts.Select(entry => Key(entry.Provider, entry.Account)).ToHashSet();
        foreach (var key in _states.Keys)
        {
            if (!kept.Contains(key))
            {
                ImmutableInterlocked.TryRemove(ref _states, key, out _);
            }
        }
    }

    private static AccountKey Key(string provider, Account account) => new(provider, account.Id, account.Secret, account.Prefix);

    private void Fail(AccountKey key, Failure failure, TimeSpan? retryAfter) => ImmutableInterlocked.AddOrUpdate(
        ref _states, key, _ => Next(new State(0, 0, null), failure, retryAfter), (_, state) => Next(state, failure, retryAfter));

    private State Next(State state, Failure failure, TimeSpan? retryAfter)
    {
        var now = time.GetUtcNow();
        if (state.Outage is { } current && current.Until > now)
        {
            // A call that was on its way when the account went out says nothing new.
            return state;
        }

        var failures = state.Failures + 1;
        var isCertain = failure is Failure.Credential or Failure.Throttled;
        if (!isCertain && failures < FailuresInRow)
        {
            return state with { Failures = failures };
        }

        var (first, max) = failure == Failure.Credential ? (s_credential, s_maxCredential) : (s_other, s_maxOther);
        var length = first * Math.Pow(2, Math.Min(state.Outages, 16));
        length = length < max ? length : max;
        if (failure == Failure.Throttled && retryAfter is { } wait)
        {
            length = wait < s_maxCredential ? wait : s_maxCredential;
        }

        return new State(failures, state.Outages + 1, new AccountOutage(failure, now + length));
    }

    private readonly record struct AccountKey(string Provider, string Account, Secret Secret, string Prefix);

    private sealed record State(int Failures, int Outages, AccountOutage? Outage);
}
