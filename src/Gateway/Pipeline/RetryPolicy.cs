using Gateway.Providers.Contract;

namespace Gateway.Pipeline;

/// <summary>How an attempt failed, as far as repeating is concerned.</summary>
internal enum AttemptOutcome
{
    /// <summary>It did not: the answer is final, whatever its status.</summary>
    None,

    /// <summary>No connection: nothing was sent.</summary>
    NotSent,

    /// <summary>The connection broke after bytes were sent; the upstream may have acted.</summary>
    Ambiguous,

    /// <summary>The upstream's quota is used up: refused before anything was done.</summary>
    Throttled,

    /// <summary>The upstream failed, and may do better later; it may have acted.</summary>
    Overloaded,

    /// <summary>The account's credential is refused.</summary>
    Credential,

    /// <summary>The account's credential is known and may not do this; another account's may.</summary>
    Forbidden,

    /// <summary>Out of time.</summary>
    TimedOut,

    /// <summary>The client left, or its own body was at fault; says nothing about the account.</summary>
    NotAttributable,
}

/// <summary>What is known when an attempt has failed.</summary>
/// <param name="Outcome">The failure.</param>
/// <param name="Idempotency">What the request allows.</param>
/// <param name="CanResend">False once a streaming body has been read from.</param>
/// <param name="Number">Attempts made so far on this account, 1 for the first.</param>
/// <param name="MaxRetries">Repetitions allowed by configuration.</param>
/// <param name="RetryAfter">The wait the upstream asked for, or null.</param>
/// <param name="Backoff">The wait without such a directives.</param>
/// <param name="Remaining">Time left until the deadline.</param>
/// <param name="HasOther">Whether another account may take the call (creates that no account owns yet).</param>
internal readonly record struct RetryContext(
    AttemptOutcome Outcome, Idempotency Idempotency, bool CanResend, int Number, int MaxRetries, TimeSpan? RetryAfter, TimeSpan Backoff,
    TimeSpan Remaining,
    bool HasOther = false);

/// <summary>What to do after a failed attempt.</summary>
/// <param name="Wait">Pause before the next attempt.</param>
/// <param name="OnOther">True to go on to the next account at once, false to try the same one again.</param>
/// <param name="IsFree">Whether it is made also when the provider's <see cref="RetryBudget"/> is spent.</param>
internal readonly record struct RetryDecision(TimeSpan Wait, bool OnOther, bool IsFree)
{
    /// <summary>The next account, without a wait.</summary>
    public static RetryDecision Other { get; } = new(TimeSpan.Zero, OnOther: true, IsFree: true);
}

/// <summary>Decides whether a failed attempt is repeated. Pure, so that its table is a test.</summary>
internal static class RetryPolicy
{
    /// <summary>What to do next, or null to stop.</summary>
    public static RetryDecision? Next(RetryContext context)
    {
        if (!context.CanResend)
        {
            return null;
        }

        // Nothing was done yet, so another account may take the call, however many repetitions are allowed.
        if (context.HasOther
            && context.Outcome is AttemptOutcome.Credential or AttemptOutcome.Forbidden or AttemptOutcome.Throttled or AttemptOutcome.NotSent)
        {
            return RetryDecision.Other;
        }

        if (context is { Outcome: AttemptOutcome.Ambiguous, Idempotency: not Idempotency.Never, Number: 1 })
        {
            // A pooled connection may die under a request; HttpClient does not repeat it (dotnet/runtime, SocketsHttpHandler). Once is always fair,
            // also when others have spent the budget: without a pool there would have been no failure.
            return new RetryDecision(TimeSpan.Zero, OnOther: false, IsFree: true);
        }

        return SameAccount(context, context.Number <= context.MaxRetries) is { } wait ? new RetryDecision(wait, OnOther: false, IsFree: false) : null;
    }

    private static TimeSpan? SameAccount(RetryContext context, bool withinBudget) =>
        context.Outcome switch
        {
            AttemptOutcome.None or AttemptOutcome.Credential or AttemptOutcome.Forbidden or AttemptOutcome.TimedOut
                or AttemptOutcome.NotAttributable => null,
            AttemptOutcome.Ambiguous when context.Idempotency != Idempotency.Never && withinBudget => Within(context.Backoff, context.Remaining),
            AttemptOutcome.NotSent when withinBudget => Within(context.Backoff, context.Remaining),
            AttemptOutcome.Throttled when withinBudget => Within(context.RetryAfter ?? context.Backoff, context.Remaining),
            AttemptOutcome.Overloaded when context.Idempotency != Idempotency.Never && withinBudget =>
                Within(context.RetryAfter ?? context.Backoff, context.Remaining),
            _ => null,
        };

    /// <summary>
    /// Wait before repetition <paramref name="number"/>: doubling, bounded, spread by ±20 % so that clients do not return together.
    /// </summary>
    /// <param name="number">1 for the first repetition.</param>
    /// <param name="initial">First wait.</param>
    /// <param name="max">Upper bound.</param>
    /// <param name="spread">A random number in [0, 1).</param>
    public static TimeSpan Backoff(int number, TimeSpan initial, TimeSpan max, double spread)
    {
        var wait = initial * Math.Pow(2, Math.Min(number - 1, 20)) * (0.8 + (0.4 * spread));
        return wait < max ? wait : max;
    }

    private static TimeSpan? Within(TimeSpan wait, TimeSpan remaining) => wait < remaining ? wait : null;
}
