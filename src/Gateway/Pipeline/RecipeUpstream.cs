using Gateway.Accounts;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Upstream;

namespace Gateway.Pipeline;

/// <summary>
/// The network as a recipe sees it: each request goes through the attempt loop, in the name of one exchange, and all to the provider's first account, since
/// what one request made the next one needs.
/// </summary>
/// <param name="attempts">Sends.</param>
/// <param name="provider">To whom.</param>
/// <param name="exchange">Receives the trail.</param>
/// <param name="http">The request.</param>
/// <param name="owners">Files of other providers, or null where none is asked for.</param>
internal sealed class RecipeUpstream(
    AttemptLoop attempts, ProviderSettings provider, Exchange exchange, HttpContext http, FileOwners? owners = null) : IUpstream
{
    public TimeSpan RequestTimeout => provider.Network.RequestTimeout;

    public IUpstream Detach() => new RecipeUpstream(attempts, provider, exchange.Detach(), new DefaultHttpContext(), owners);

    public async ValueTask<UpstreamResult> SendAsync(UpstreamRequest request, CancellationToken cancellationToken)
    {
        var result = await attempts.RunAsync(request, provider, [provider.Accounts[0]], exchange, http, Delivery.Buffer, cancellationToken);

        // A recipe deletes what it has seen.
        return result is UpstreamResult.Answered answered && request.Idempotency == Idempotency.Delete ? answered.AfterDelete() : result;
    }

    public ValueTask<UpstreamResult> OpenAsync(UpstreamRequest request, CancellationToken cancellationToken) =>
        attempts.RunAsync(request, provider, [provider.Accounts[0]], exchange, http, Delivery.Open, cancellationToken);

    public ValueTask<SourceFile?> FindFileAsync(string fileId, CancellationToken cancellationToken) =>
        owners?.FindAsync(fileId, provider, exchange, http, cancellationToken) ?? ValueTask.FromResult<SourceFile?>(null);
}
