using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Telemetry;
using Gateway.Upstream;

namespace Gateway.Path;

/// <summary>
/// The one loop that repeats hops and moves them between accounts. What to repeat is <see cref="RepeatPolicy"/>'s, how to send is
/// <see cref="HopSender"/>'s, who may be asked is the caller's.
/// </summary>
internal sealed class AttemptLoop(
    HopSender sender, AccountHealth health, RetryBudget budget, GatewayMetrics metrics, TimeProvider time, Random random)
{
    /// <summary>Sends a hop until it is answered for good, time is over, or repeating would be wrong.</summary>
    /// <param name="hop">What to send.</param>
    /// <param name="provider">Whose accounts.</param>
    /// <param name="candidates">Accounts that may answer, in order; more than one only when none owns what the hop is about.</param>
    /// <param name="exchange">Receives the trail.</param>
    /// <param name="http">The request, for streamed bodies.</param>
    /// <param name="cancellationToken">Ends when the client leaves: waits end at once, and so does what may be sent again.</param>
    public ValueTask<HopResult> RunAsync(
        Hop hop, ProviderSettings provider, ImmutableArray<Account> candidates, Exchange exchange, HttpContext http, CancellationToken cancellationToken) =>
        RunAsync(hop, provider, candidates, exchange, http, Delivery.Client, cancellationToken);

    /// <inheritdoc cref="RunAsync(Hop, ProviderSettings, ImmutableArray{Account}, Exchange, HttpContext, CancellationToken)"/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<HopResult> RunAsync(
        Hop hop, ProviderSettings provider, ImmutableArray<Account> candidates, Exchange exchange, HttpContext http, Delivery delivery,
        CancellationToken cancellationToken)
    {
        var kind = HopKinds.Of(hop, exchange.Operation);
        var held = TakeHeld(ref candidates, provider, kind);
        if (candidates.IsEmpty)
        {
            return Answered(held!.Value, exchange);
        }

        var network = provider.Network;
        // Once it is sent a create is brought to its end also when the client leaves, so that the client's retry can have the result.
        var isFinished = exchange.Operation == Operation.ContainerCreate;
        using var deadline = new Deadline(
            network.RequestTimeout, time, isFinished ? CancellationToken.None : cancellationToken,
            isCollected: hop is { Streams: false, Body: not HopBody.Streaming } && delivery != Delivery.Opened);
        budget.Earn(provider.Name);
        var best = held;
        var waited = TimeSpan.Zero;
        var mayHaveActed = false;
        for (int index = 0, number = 1, total = 1; ; total++)
        {
            var account = candidates[index];
            exchange.Try(account);
            HopOutcome outcome;
            using (var span = Spans.Begin(hop, account, provider, total))
            using (metrics.BeginUpstream(provider.Name))
            {
                var started = time.GetTimestamp();
                outcome = await sender.SendAsync(new HopTry(hop, account, provider, exchange, http, deadline) { Delivery = delivery });
                var attempt = new Attempt(account.Name, outcome.Label, outcome.Status, time.GetElapsedTime(started), waited);
                exchange.Add(attempt);
                health.Note(provider.Name, account, kind, SaidOf(outcome, kind, exchange, http), outcome.RetryAfter);
                metrics.Upstream(exchange, attempt, total);
                Spans.End(span, attempt);
            }

            if (outcome.Failure == Failure.None)
            {
                return mayHaveActed && outcome.Result is HopResult.Answered answered ? answered with { MayHaveActedBefore = true } : outcome.Result;
            }

            // What may have acted and must not be repeated is the end, whatever an account before said.
            var isOpen = hop.Repeat == Repeat.Never && outcome.Failure is Failure.Ambiguous or Failure.TimedOut or Failure.Overloaded;
            best = !isOpen && best is { } earlier && Rank(outcome.Failure) < Rank(earlier.Outcome.Failure) ? earlier : (outcome, account);
            if (Next(outcome, hop, network, number, deadline.Remaining, hasOther: index + 1 < candidates.Length) is not { } repetition
                || (!repetition.IsFree && !budget.TrySpend(provider.Name)))
            {
                return Answered(best.Value, exchange);
            }

            mayHaveActed |= outcome.Failure is Failure.Ambiguous or Failure.Overloaded;
            metrics.Retry(provider.Name, outcome.Label);
            waited = repetition.Wait;
            (index, number) = repetition.OnOther ? (index + 1, 1) : (index, number + 1);
            if (!await deadline.WaitAsync(waited, cancellationToken))
            {
                return cancellationToken.IsCancellationRequested ? new HopResult.Failed(HopFault.ClientLeft.Error) : Answered(best.Value, exchange);
            }
        }
    }

    /// <summary>Takes out accounts whose upstream has asked not to be sent hops of this kind for now; their answer is what is left of that time.</summary>
    /// <returns>The answer of the one that is back soonest; null when none was taken out.</returns>
    private (HopOutcome Outcome, Account Account)? TakeHeld(ref ImmutableArray<Account> candidates, ProviderSettings provider, HopKind kind)
    {
        (TimeSpan Wait, Account Account)? soonest = null;
        foreach (var account in candidates)
        {
            if (health.WaitOf(provider.Name, account, kind) is { } wait)
            {
                candidates = candidates.Remove(account);
                soonest = soonest is { } known && known.Wait <= wait ? known : (wait, account);
            }
        }

        return soonest is { } held ? (HopOutcome.Held(provider.Name, held.Account, held.Wait), held.Account) : null;
    }

    /// <summary>
    /// What an outcome says of its account, which is shared by all clients. That one request or container is forbidden, or that the client's own header was
    /// refused, says nothing of the key; that it may not even list says it.
    /// </summary>
    private static Failure SaidOf(HopOutcome outcome, HopKind kind, Exchange exchange, HttpContext http) => outcome.Failure switch
    {
        Failure.Credential or Failure.Throttled when HeaderRules.Travels(http.Request.Headers, exchange.Settings.Client) => Failure.Over,
        Failure.Credential when outcome.Status is StatusCodes.Status402PaymentRequired or StatusCodes.Status403Forbidden
            && !(kind == HopKind.Read && IsPlainList(exchange.Call)) => Failure.Over,
        _ => outcome.Failure,
    };

    private static bool IsPlainList(Call? call) => call is not null && call.Operation == Operation.ContainerList && call.Query.IsEmpty;

    private Repetition? Next(HopOutcome outcome, Hop hop, NetworkSettings network, int number, TimeSpan remaining, bool hasOther) =>
        RepeatPolicy.Next(new RepeatQuestion(
            outcome.Failure, hop.Repeat, outcome.CanResend, number, network.MaxRetries, outcome.RetryAfter,
            RepeatPolicy.Backoff(number, network.BackoffInitial, network.BackoffMax, random.NextDouble()), remaining, hasOther));

    /// <summary>The answer the client gets is the one of this account, also when others were asked after it.</summary>
    private static HopResult Answered((HopOutcome Outcome, Account Account) best, Exchange exchange)
    {
        exchange.Try(best.Account);
        return best.Outcome.Result;
    }

    /// <summary>Of the answers of several accounts the client gets the one that says most: a success, else what may pass, else who is at fault.</summary>
    private static int Rank(Failure failure) => failure switch
    {
        Failure.None => 8,
        Failure.Over => 7,
        Failure.Throttled => 6,
        Failure.Overloaded => 5,
        Failure.TimedOut => 4,
        Failure.Ambiguous => 3,
        Failure.NotSent => 2,
        _ => 1,
    };
}
