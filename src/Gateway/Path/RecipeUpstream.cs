using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Upstream;

namespace Gateway.Path;

/// <summary>The network as a recipe sees it: each hop goes through the attempt loop, in the name of one exchange.</summary>
internal sealed class RecipeUpstream(AttemptLoop attempts, ProviderSettings provider, Exchange exchange, HttpContext http) : IUpstream
{
    public ValueTask<HopResult> SendAsync(Hop hop, CancellationToken cancellationToken) =>
        attempts.RunAsync(hop, provider, exchange, http, Delivery.Collected, cancellationToken);

    public ValueTask<HopResult> OpenAsync(Hop hop, CancellationToken cancellationToken) =>
        attempts.RunAsync(hop, provider, exchange, http, Delivery.Opened, cancellationToken);
}
