using Gateway.Accounts;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Upstream;

namespace Gateway.Pipeline;

/// <summary>
/// The network as a recipe sees it: one account, through the attempt loop, in the name of one exchange and within the time of one call.
/// </summary>
/// <param name="attempts">Sends.</param>
/// <param name="provider">To whom.</param>
/// <param name="account">The account that was chosen; null for a provider that has none.</param>
/// <param name="exchange">Receives the trail.</param>
/// <param name="files">Files of other providers, or null where none is asked for.</param>
/// <param name="budget">The call's time; null where each request has the provider's limit to itself.</param>
/// <param name="otherFollows">Whether another account is asked when this one has certainly done nothing.</param>
internal sealed class AccountUpstream(
    AttemptLoop attempts, ProviderSettings provider, Account? account, Exchange exchange, FileOwners? files = null, CallBudget? budget = null,
    bool otherFollows = false) : IUpstream
{
    public Account Account => account ?? throw new InvalidOperationException($"The provider {provider.Name} has no accounts.");

    public TimeSpan RequestTimeout => provider.Network.RequestTimeout;

    /// <summary>Whether a request may have changed something that another account would do a second time.</summary>
    public bool MayHaveActed { get; private set; }

    public IUpstream Detach() => new AccountUpstream(attempts, provider, account, exchange.Detach(), files);

    public async ValueTask<UpstreamResult> SendAsync(UpstreamRequest request, CancellationToken cancellationToken)
    {
        var result = await SendAsync(request, Delivery.Buffer, cancellationToken);

        // A recipe deletes what it has seen.
        return result is UpstreamResult.Answered answered && request.Idempotency == Idempotency.Delete ? answered.AfterDelete() : result;
    }

    public ValueTask<UpstreamResult> OpenAsync(UpstreamRequest request, CancellationToken cancellationToken) =>
        SendAsync(request, Delivery.Open, cancellationToken);

    public ValueTask<UpstreamResult> RelayAsync(UpstreamRequest request, CancellationToken cancellationToken) =>
        SendAsync(request with { Streams = true }, Delivery.StreamToClient, cancellationToken);

    public async ValueTask<bool> WaitAsync(TimeSpan pause, CancellationToken cancellationToken)
    {
        if (budget is not null && pause >= budget.Remaining)
        {
            return false;
        }

        budget?.Spend(pause);
        await attempts.DelayAsync(pause, cancellationToken);
        return true;
    }

    public ValueTask<SourceFile?> FindFileAsync(string fileId, CancellationToken cancellationToken) =>
        files is null ? ValueTask.FromResult<SourceFile?>(null) : files.FindAsync(fileId, provider, account, exchange, cancellationToken);

    private async ValueTask<UpstreamResult> SendAsync(UpstreamRequest request, Delivery delivery, CancellationToken cancellationToken)
    {
        var result = await attempts.RunAsync(
            new OutgoingRequest(request, provider, [Account], exchange)
            {
                Delivery = delivery, Budget = budget, OtherFollows = otherFollows && !MayHaveActed,
            },
            cancellationToken);
        MayHaveActed |= request.Idempotency != Idempotency.Safe && !IsUntouched(result);
        return result;
    }

    /// <summary>
    /// Whether nothing was sent (no connection, no credential, a wait that was asked for), or what was sent was refused before anything was done.
    /// </summary>
    private static bool IsUntouched(UpstreamResult result) => result is
        UpstreamResult.Failed { Error.Kind: ErrorKind.Unreachable or ErrorKind.Credential or ErrorKind.Quota }
        or UpstreamResult.Answered
        {
            MayHaveActedBefore: false,
            Response.Error.Kind: ErrorKind.Credential or ErrorKind.Permission or ErrorKind.Quota or ErrorKind.NotFound or ErrorKind.Caller,
        };
}
