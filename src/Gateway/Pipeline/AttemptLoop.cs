using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gateway.Accounts;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Telemetry;
using Gateway.Upstream;

namespace Gateway.Pipeline;

/// <summary>
/// The one loop that repeats requests and moves them between accounts. What to repeat is <see cref="RetryPolicy"/>'s, how to send is
/// <see cref="UpstreamSender"/>'s, who may be asked is the caller's.
/// </summary>
internal sealed class AttemptLoop(
    UpstreamSender sender, AccountHealth health, RetryBudget budget, GatewayMetrics metrics, TimeProvider time, Random random)
{
    /// <summary>Sends a request until it is answered for good, time is over, or repeating would be wrong.</summary>
    /// <param name="outgoing">The request.</param>
    /// <param name="cancellationToken">Ends when the client leaves: waits end at once, and so does what may be sent again.</param>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<UpstreamResult> RunAsync(OutgoingRequest outgoing, CancellationToken cancellationToken)
    {
        var (request, provider, candidates, exchange) = outgoing;
        var kind = OperationKinds.Of(request, exchange.Operation);
        var held = TakeHeld(ref candidates, provider, kind);
        if (candidates.IsEmpty)
        {
            return Answered(held!.Value, exchange, mayHaveActed: false);
        }

        var limit = outgoing.Budget?.Remaining ?? provider.Network.RequestTimeout;
        if (limit == TimeSpan.Zero)
        {
            return new UpstreamResult.Failed(TransportFailure.TimedOut(provider.Network.RequestTimeout).Error);
        }

        using var deadline = DeadlineOf(outgoing, limit, cancellationToken);
        var tenant = exchange.Directives.Caller.Tenant?.Id;
        budget.Earn(provider.Name, tenant);
        var best = held;
        var waited = TimeSpan.Zero;
        var mayHaveActed = false;
        for (int index = 0, number = 1, total = 1; ; total++)
        {
            var account = candidates[index];
            exchange.Try(account);
            AttemptResult outcome;
            using (var span = Spans.Begin(request, account, provider, total))
            using (metrics.BeginUpstream(provider.Name))
            {
                var started = time.GetTimestamp();
                outcome = await sender.SendAsync(new AttemptContext(request, account, provider, exchange, deadline) { Delivery = outgoing.Delivery });
                var attempt = new Attempt(account.Name, outcome.Label, outcome.Status, time.GetElapsedTime(started), waited);
                exchange.Add(attempt);
                health.Note(provider.Name, account, kind, AccountSignalOf(outcome, kind, exchange), outcome.RetryAfter, tenant);
                metrics.Upstream(exchange, attempt, total);
                Spans.End(span, attempt);
            }

            if (outcome.Outcome == AttemptOutcome.None)
            {
                return Answered((outcome, account), exchange, mayHaveActed);
            }

            // What may have acted and must not be repeated is the end, whatever an account before said.
            var isOpen = request.Idempotency == Idempotency.Never
                && outcome.Outcome is AttemptOutcome.Ambiguous or AttemptOutcome.TimedOut or AttemptOutcome.Overloaded;
            best = !isOpen && best is { } earlier && Rank(outcome.Outcome, request) < Rank(earlier.Outcome.Outcome, request)
                ? earlier : (outcome, account);

            // Another account does not know the key by which this one would recognise what it may have carried out already.
            var isLast = index + 1 == candidates.Length;
            var hasOther = (!isLast || outgoing.OtherFollows) && !(mayHaveActed && request.Idempotency == Idempotency.Keyed);
            if (Next(outcome, request, provider.Network, number, deadline.Remaining, hasOther) is not { } decision
                || (decision.OnOther && isLast) || (!decision.IsFree && !budget.TrySpend(provider.Name, tenant)))
            {
                return Answered(best.Value, exchange, mayHaveActed);
            }

            mayHaveActed |= outcome.Outcome is AttemptOutcome.Ambiguous or AttemptOutcome.Overloaded;
            metrics.Retry(provider.Name, outcome.Label);
            waited = decision.Wait;
            (index, number) = decision.OnOther ? (index + 1, 1) : (index, number + 1);
            if (!await deadline.WaitAsync(waited, cancellationToken))
            {
                return cancellationToken.IsCancellationRequested ? new UpstreamResult.Failed(TransportFailure.ClientLeft.Error)
                    : Answered(best.Value, exchange, mayHaveActed);
            }
        }
    }

    /// <summary>Waits on the clock of the limits.</summary>
    public Task DelayAsync(TimeSpan pause, CancellationToken cancellationToken) => Task.Delay(pause, time, cancellationToken);

    /// <summary>Once it is sent a create is brought to its end also when the client leaves, so that the client's retry can have the result.</summary>
    private Deadline DeadlineOf(OutgoingRequest outgoing, TimeSpan limit, CancellationToken client) => new(
        limit, time, outgoing.Exchange.Operation == Operation.ContainerCreate ? CancellationToken.None : client,
        isCollected: outgoing is { Request: { Streams: false, Body: not RequestBody.Streaming }, Delivery: not Delivery.Open },
        budget: outgoing.Budget);

    /// <summary>
    /// Takes out accounts whose upstream has asked not to be sent requests of this kind for now; their answer is what is left of that time.
    /// </summary>
    /// <returns>The answer of the one that is back soonest; null when none was taken out.</returns>
    private (AttemptResult Outcome, Account Account)? TakeHeld(ref ImmutableArray<Account> candidates, ProviderSettings provider, OperationKind kind)
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

        return soonest is { } held ? (AttemptResult.Held(provider.Name, held.Account, held.Wait), held.Account) : null;
    }

    /// <summary>
    /// What an outcome says of its account, which is shared by all clients. That one request or container is forbidden, or that the client's own
    /// header was refused, says nothing of the key; that it may not even list says it.
    /// </summary>
    private static AttemptOutcome AccountSignalOf(AttemptResult outcome, OperationKind kind, Exchange exchange) => outcome.Outcome switch
    {
        AttemptOutcome.Credential or AttemptOutcome.Forbidden or AttemptOutcome.Throttled
            when !exchange.Directives.Forwarded.IsEmpty => AttemptOutcome.NotAttributable,
        AttemptOutcome.Forbidden =>
            kind == OperationKind.Read && IsPlainList(exchange.Call) ? AttemptOutcome.Credential : AttemptOutcome.NotAttributable,
        _ => outcome.Outcome,
    };

    private static bool IsPlainList(Call? call) => call is not null && call.Operation == Operation.ContainerList && call.Query.IsEmpty;

    private RetryDecision? Next(
        AttemptResult outcome, UpstreamRequest request, NetworkSettings network, int number, TimeSpan remaining, bool hasOther) =>
        RetryPolicy.Next(new RetryContext(
            outcome.Outcome, request.Idempotency, outcome.CanResend, number, network.MaxRetries, outcome.RetryAfter,
            RetryPolicy.Backoff(number, network.BackoffInitial, network.BackoffMax, random.NextDouble()), remaining, hasOther));

    /// <summary>The answer the client gets is the one of this account, also when others were asked after it.</summary>
    private static UpstreamResult Answered((AttemptResult Outcome, Account Account) best, Exchange exchange, bool mayHaveActed)
    {
        exchange.Try(best.Account);
        return mayHaveActed && best.Outcome.Result is UpstreamResult.Answered answered
            ? answered with { MayHaveActedBefore = true }
            : best.Outcome.Result;
    }

    /// <summary>
    /// Of the answers of several attempts the client gets the one that says most: a success, else what may pass, else who is at fault. Where nothing
    /// is changed a broken connection says no more than that none can be made after it.
    /// </summary>
    private static int Rank(AttemptOutcome failure, UpstreamRequest request) => failure switch
    {
        AttemptOutcome.None => 8,
        AttemptOutcome.NotAttributable => 7,
        AttemptOutcome.Throttled => 6,
        AttemptOutcome.Overloaded => 5,
        AttemptOutcome.TimedOut => 4,
        AttemptOutcome.Ambiguous => request.Idempotency == Idempotency.Safe ? 2 : 3,
        AttemptOutcome.NotSent => 2,
        _ => 1,
    };
}
