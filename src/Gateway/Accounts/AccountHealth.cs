using System.Collections.Immutable;
using Gateway.Pipeline;
using Gateway.Providers.Contract;

namespace Gateway.Accounts;

/// <summary>Why an account is not well, and until when.</summary>
/// <param name="Reason">The failure that says so.</param>
/// <param name="Until">When it counts as well again.</param>
/// <param name="IsAsked">Whether the upstream itself has named the time (<c>Retry-After</c> of a 429): until then nothing of the kind is sent to
/// it.</param>
internal sealed record AccountOutage(AttemptOutcome Reason, DateTimeOffset Until, bool IsAsked = false);

/// <summary>
/// Passive health of accounts: what calls find out, nothing else; a probe of its own would keep containers alive and billed. It only moves calls to
/// other accounts that could take them: who alone can answer is always asked, well or not, except while a <c>Retry-After</c> runs. An account is not
/// well at once when its credential is refused or, for that kind of request, its quota is used up, and after some failures in a row otherwise. It is
/// well again by time, each outage twice as long as the one before; the first success forgets everything but a running <c>Retry-After</c>.
/// </summary>
internal sealed class AccountHealth(TimeProvider time)
{
    /// <summary>Failures in a row, of the kinds that may be bad luck, after which an account is not well.</summary>
    public const int FailuresInRow = 5;

    private static readonly TimeSpan s_credential = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_other = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_maxCredential = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_maxOther = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Of accounts that have failed since their last success, keyed by identity: another secret or address under the same name starts healthy. Empty
    /// as a rule, which every call asks and only few change.
    /// </summary>
    private ImmutableDictionary<StateKey, State> _states = ImmutableDictionary<StateKey, State>.Empty;

    /// <summary>
    /// Why requests of this kind should rather go to another account; null when the account is well. Of two reasons the one that lasts longer.
    /// </summary>
    public AccountOutage? OutageOf(string provider, Account account, OperationKind kind)
    {
        var states = _states;
        if (states.IsEmpty)
        {
            return null;
        }

        var (any, own) = (Find(states, Key(provider, account, null)), Find(states, Key(provider, account, kind)));
        return any is null || own?.Until > any.Until ? own : any;
    }

    /// <summary>How long the account takes nothing of this kind because its upstream asked for that; null when it may be asked.</summary>
    public TimeSpan? WaitOf(string provider, Account account, OperationKind kind) =>
        !_states.IsEmpty && Find(_states, Key(provider, account, kind)) is { IsAsked: true } outage ? outage.Until - time.GetUtcNow() : null;

    /// <summary>Time until an outage ends, at least a second.</summary>
    public TimeSpan Until(AccountOutage outage)
    {
        var wait = outage.Until - time.GetUtcNow();
        return wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1);
    }

    /// <summary>Notes how an attempt ended.</summary>
    public void Note(string provider, Account account, OperationKind kind, AttemptOutcome failure, TimeSpan? retryAfter)
    {
        switch (failure)
        {
            case AttemptOutcome.None when !_states.IsEmpty:
                ImmutableInterlocked.TryRemove(ref _states, Key(provider, account, null), out _);
                if (WaitOf(provider, account, kind) is null)
                {
                    ImmutableInterlocked.TryRemove(ref _states, Key(provider, account, kind), out _);
                }

                break;
            case AttemptOutcome.None or AttemptOutcome.NotAttributable:
                break;
            case AttemptOutcome.Throttled:
                Fail(Key(provider, account, kind), failure, retryAfter);
                break;
            default:
                Fail(Key(provider, account, null), failure, null);
                break;
        }
    }

    /// <summary>Forgets accounts that are no longer configured.</summary>
    public void Keep(IEnumerable<(string Provider, Account Account)> accounts)
    {
        var kept = accounts.Select(entry => Key(entry.Provider, entry.Account, null)).ToHashSet();
        foreach (var key in _states.Keys)
        {
            if (!kept.Contains(key with { Kind = null }))
            {
                ImmutableInterlocked.TryRemove(ref _states, key, out _);
            }
        }
    }

    private static StateKey Key(string provider, Account account, OperationKind? kind) => new(provider, AccountIdentity.Of(account), kind);

    private AccountOutage? Find(ImmutableDictionary<StateKey, State> states, StateKey key) =>
        states.TryGetValue(key, out var state) && state.Outage is { } outage && outage.Until > time.GetUtcNow() ? outage : null;

    private void Fail(StateKey key, AttemptOutcome failure, TimeSpan? asked) => ImmutableInterlocked.AddOrUpdate(
        ref _states, key, _ => Next(new State(0, 0, null), failure, asked), (_, state) => Next(state, failure, asked));

    private State Next(State state, AttemptOutcome failure, TimeSpan? asked)
    {
        var now = time.GetUtcNow();
        if (state.Outage is { } current && current.Until > now && (asked is null || current.IsAsked))
        {
            // A call that was on its way when the account went out says nothing new.
            return state;
        }

        var failures = state.Failures + 1;
        var isCertain = failure is AttemptOutcome.Credential or AttemptOutcome.Throttled;
        if (!isCertain && failures < FailuresInRow)
        {
            return state with { Failures = failures };
        }

        var (first, max) = failure == AttemptOutcome.Credential ? (s_credential, s_maxCredential) : (s_other, s_maxOther);
        var length = first * Math.Pow(2, Math.Min(state.Outages, 16));
        return new State(
            failures, state.Outages + 1, new AccountOutage(failure, now + (asked ?? (length < max ? length : max)), IsAsked: asked is not null));
    }

    /// <summary>An account, and what the state is about: requests of one kind, or all (null).</summary>
    private readonly record struct StateKey(string Provider, string Account, OperationKind? Kind);

    private sealed record State(int Failures, int Outages, AccountOutage? Outage);
}
