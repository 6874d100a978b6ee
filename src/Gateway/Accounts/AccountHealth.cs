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
/// What a single tenant's calls have failed with in a row may be that tenant's doing: it takes the account out for that tenant alone, until another
/// one's call fails as well.
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
    /// <param name="provider">The account's provider.</param>
    /// <param name="account">The account.</param>
    /// <param name="kind">The kind of the requests.</param>
    /// <param name="tenant">Whose requests; null for what concerns everybody.</param>
    public AccountOutage? OutageOf(string provider, Account account, OperationKind kind, string? tenant = null)
    {
        var states = _states;
        if (states.IsEmpty)
        {
            return null;
        }

        var (any, own) = (Find(states, Key(provider, account, null), tenant), Find(states, Key(provider, account, kind), tenant));
        return any is null || own?.Until > any.Until ? own : any;
    }

    /// <summary>How long the account takes nothing of this kind because its upstream asked for that; null when it may be asked.</summary>
    public TimeSpan? WaitOf(string provider, Account account, OperationKind kind) =>
        !_states.IsEmpty && Find(_states, Key(provider, account, kind), null) is { IsAsked: true } outage ? outage.Until - time.GetUtcNow() : null;

    /// <summary>Time until an outage ends, at least a second.</summary>
    public TimeSpan Until(AccountOutage outage)
    {
        var wait = outage.Until - time.GetUtcNow();
        return wait > TimeSpan.FromSeconds(1) ? wait : TimeSpan.FromSeconds(1);
    }

    /// <summary>Notes how an attempt ended.</summary>
    /// <param name="provider">The account's provider.</param>
    /// <param name="account">The account that was asked.</param>
    /// <param name="kind">The kind of the request.</param>
    /// <param name="failure">What the end says of the account.</param>
    /// <param name="retryAfter">How long the upstream asks not to be sent more of the kind.</param>
    /// <param name="tenant">Whose request it was; null for a gateway without client keys, and for its own work.</param>
    public void Note(string provider, Account account, OperationKind kind, AttemptOutcome failure, TimeSpan? retryAfter, string? tenant)
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
                Fail(Key(provider, account, kind), failure, retryAfter, null);
                break;
            default:
                Fail(Key(provider, account, null), failure, null, failure == AttemptOutcome.Credential ? null : tenant);
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

    private AccountOutage? Find(ImmutableDictionary<StateKey, State> states, StateKey key, string? tenant) =>
        states.TryGetValue(key, out var state) && state.Outage is { } outage && outage.Until > time.GetUtcNow()
            && (state.Tenant is null || state.Tenant == tenant) ? outage : null;

    private void Fail(StateKey key, AttemptOutcome failure, TimeSpan? asked, string? tenant) => ImmutableInterlocked.AddOrUpdate(
        ref _states, key, _ => Next(new State(tenant), failure, asked, tenant), (_, state) => Next(state, failure, asked, tenant));

    private State Next(State state, AttemptOutcome failure, TimeSpan? asked, string? tenant)
    {
        var now = time.GetUtcNow();
        var isOver = state.Outage is { } last && last.Until <= now;

        // Each outage of everybody takes failures of two tenants of its own, or who provokes them could prolong by himself what bad luck began.
        var whose = isOver || state.Tenant == tenant ? tenant : null;
        if (state.Outage is { } current && !isOver && whose == state.Tenant && (asked is null || current.IsAsked))
        {
            // A call that was on its way when the account went out says nothing new.
            return state;
        }

        var failures = state.Failures + 1;
        var isCertain = failure is AttemptOutcome.Credential or AttemptOutcome.Throttled;
        if (!isCertain && failures < FailuresInRow)
        {
            return state with { Failures = failures, Tenant = whose };
        }

        var (first, max) = failure == AttemptOutcome.Credential ? (s_credential, s_maxCredential) : (s_other, s_maxOther);
        var length = first * Math.Pow(2, Math.Min(whose is null ? state.Outages : state.OutagesOfOne, 16));
        var outage = new AccountOutage(failure, now + (asked ?? (length < max ? length : max)), IsAsked: asked is not null);
        return whose is null
            ? state with { Failures = failures, Tenant = null, Outage = outage, Outages = state.Outages + 1 }
            : state with { Failures = failures, Tenant = whose, Outage = outage, OutagesOfOne = state.OutagesOfOne + 1 };
    }

    /// <summary>An account, and what the state is about: requests of one kind, or all (null).</summary>
    private readonly record struct StateKey(string Provider, string Account, OperationKind? Kind);

    /// <summary>Failures since the last success.</summary>
    /// <param name="Tenant">The one whose requests have failed since the last outage; null when they are of several, or of nobody.</param>
    private sealed record State(string? Tenant)
    {
        public int Failures { get; init; }

        /// <summary>The current outage, or the last one: of the tenant, or of everybody.</summary>
        public AccountOutage? Outage { get; init; }

        /// <summary>Outages of everybody.</summary>
        public int Outages { get; init; }

        /// <summary>Outages of one tenant, whichever it was: they lengthen none of everybody.</summary>
        public int OutagesOfOne { get; init; }
    }
}
