using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gateway.Accounts;
using Gateway.Ledger;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Pipeline;

/// <summary>
/// Carries a plan out on the accounts that were chosen for it: the one place, whatever the plan. Of several accounts the next one is asked when the
/// one before has certainly done nothing.
/// </summary>
internal sealed class PlanRunner(ProviderRegistry registry, AttemptLoop attempts, FileOwners files, ILedger ledger, Adoptions adoptions)
{
    /// <summary>Asks a provider for something on these accounts.</summary>
    /// <param name="call">What for.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="accounts">Accounts that may answer, in order; empty for a provider that has none.</param>
    /// <param name="exchange">Receives the trail.</param>
    /// <param name="cancellationToken">Ends when nobody waits for the answer any longer.</param>
    public ValueTask<Reply> RunAsync(
        Call call, ProviderSettings provider, ImmutableArray<Account> accounts, Exchange exchange,
        CancellationToken cancellationToken)
    {
        var asked = adoptions.ApplyAsync(call, provider);
        return asked.IsCompletedSuccessfully
            ? PlanAsync(asked.Result, provider, accounts, exchange, cancellationToken)
            : PlanAsync(asked, provider, accounts, exchange, cancellationToken);
    }

    private async ValueTask<Reply> PlanAsync(
        ValueTask<Call> call, ProviderSettings provider, ImmutableArray<Account> accounts, Exchange exchange,
        CancellationToken cancellationToken) => await PlanAsync(await call, provider, accounts, exchange, cancellationToken);

    private ValueTask<Reply> PlanAsync(
        Call call, ProviderSettings provider, ImmutableArray<Account> accounts, Exchange exchange,
        CancellationToken cancellationToken) => registry.Get(provider).Plan(call) switch
    {
        Plan.Forward forward => ForwardAsync(forward, call, provider, accounts, exchange, cancellationToken),
        Plan.Run run => RunAsync(run.Recipe, call, provider, accounts, exchange, cancellationToken),
        _ => ValueTask.FromResult<Reply>(new Reply.Failed(GatewayError.Unsupported(call.Operation, provider.Name))),
    };

    /// <summary>
    /// Whether a call goes on to the account as it is, with the ids in it: those of files are then of that account. A recipe fetches files from
    /// anywhere.
    /// </summary>
    public bool IsForwarded(Call call, ProviderSettings provider) => registry.Get(provider).Plan(call) is Plan.Forward;

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Reply> ForwardAsync(
        Plan.Forward plan, Call call, ProviderSettings provider, ImmutableArray<Account> accounts, Exchange exchange,
        CancellationToken cancellationToken)
    {
        var result = await attempts.RunAsync(new OutgoingRequest(plan.Request, provider, accounts, exchange), cancellationToken);
        if (result is UpstreamResult.Answered { MayHaveActedBefore: true } repeated && await WasKnownAsync(call, provider))
        {
            result = repeated.AfterDelete();
        }

        return result switch
        {
            UpstreamResult.Answered { Response: { Error: { } error } } => new Reply.Failed(error),
            UpstreamResult.Answered answered => plan.Receive(answered.Response),
            UpstreamResult.Failed failed => new Reply.Failed(Guarded(failed.Error, plan.Request)),
            _ => Reply.Streamed.Instance,
        };
    }

    /// <summary>Whether the ledger knew the container that a call deletes. Nobody knows a file.</summary>
    private async ValueTask<bool> WasKnownAsync(Call call, ProviderSettings provider) =>
        call.Operation == Operation.ContainerDelete
        && (await ledger.FindAsync(call.Container!.Value.Value, call.Tenant.OnlyOwner(), CancellationToken.None)).Any(
            entry => entry.Provider == provider.Name && !entry.Deleted);

    /// <summary>What may have worked all the same is not to be repeated by an SDK on its own.</summary>
    private static GatewayError Guarded(GatewayError error, UpstreamRequest request) =>
        request.Idempotency == Idempotency.Never && error.Kind is (ErrorKind.Upstream or ErrorKind.Deadline)
            ? error with { Retryable = false }
            : error;

    private async ValueTask<Reply> RunAsync(
        Recipe recipe, Call call, ProviderSettings provider, ImmutableArray<Account> accounts, Exchange exchange, CancellationToken cancellationToken)
    {
        // A create is brought to its end also when the client leaves: its retry can have the result.
        var token = call.Operation == Operation.ContainerCreate ? CancellationToken.None : cancellationToken;
        var budget = new CallBudget(provider.Network.RequestTimeout);
        var refusals = new List<(GatewayError Error, Account Account)>();
        for (var index = 0; ; index++)
        {
            var account = accounts.IsEmpty ? null : accounts[index];
            var upstream = new AccountUpstream(attempts, provider, account, exchange, files, budget, index + 1 < accounts.Length);
            var reply = await recipe(call, upstream, token);
            if (account is null || upstream.MayHaveActed || reply is not Reply.Failed { Error: var error } || !MovesOn(error))
            {
                return reply;
            }

            refusals.Add((error, account));
            if (index + 1 == accounts.Length)
            {
                var telling = ErrorRank.MostInformative([.. refusals.Select(refusal => refusal.Error)]);
                exchange.Try(refusals.Find(refusal => refusal.Error == telling).Account);
                return new Reply.Failed(telling);
            }
        }
    }

    /// <summary>Whether the account is at fault, and not the call. One whose time is over leaves none for another.</summary>
    private static bool MovesOn(GatewayError error) =>
        error.Kind is ErrorKind.Unreachable or ErrorKind.Credential or ErrorKind.Permission or ErrorKind.Quota or ErrorKind.Upstream;
}
