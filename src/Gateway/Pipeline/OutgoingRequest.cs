using System.Collections.Immutable;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Upstream;

namespace Gateway.Pipeline;

/// <summary>A request on its way: to whom, in whose name, and what shall become of the answer.</summary>
/// <param name="Request">What to send.</param>
/// <param name="Provider">Whose accounts.</param>
/// <param name="Candidates">Accounts that may answer, in order; more than one only when none owns what the request is about.</param>
/// <param name="Exchange">Receives the trail.</param>
internal readonly record struct OutgoingRequest(
    UpstreamRequest Request, ProviderSettings Provider, ImmutableArray<Account> Candidates, Exchange Exchange)
{
    /// <summary>Where the answer goes; to the client by default.</summary>
    public Delivery Delivery { get; init; }

    /// <summary>
    /// Whether who asks goes on to another account when none of the candidates takes the request, so that these are not waited for.
    /// </summary>
    public bool OtherFollows { get; init; }

    /// <summary>The time it shares with others of the same call; null when it has the provider's own limit to itself.</summary>
    public CallBudget? Budget { get; init; }
}
