using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Creates;

/// <summary>A create that is to be answered, and the two things that can be done for it.</summary>
/// <param name="Provider">Where it goes.</param>
/// <param name="Exchange">Its log book.</param>
/// <param name="Create">
/// Carries it out, to its end also when the client leaves: the request is sent, and the answer tells the ledger who owns the container.
/// </param>
/// <param name="Retrieve">Asks its account for a container that an earlier create has made.</param>
internal sealed record CreateSteps(
    ProviderSettings Provider, Exchange Exchange, Func<ValueTask<Reply>> Create, Func<KeptResult, ValueTask<Reply>> Retrieve)
{
    /// <summary>Creates; an answer that was lost is told as that.</summary>
    public async ValueTask<Reply> RunAsync() => UnknownOutcome.Mark(await Create());

    /// <summary>The reply that an earlier create has given.</summary>
    public ValueTask<Reply> AnswerAsync(KeptResult result)
    {
        if (Provider.ByIdentity.TryGetValue(result.Account, out var account))
        {
            Exchange.Try(account);
        }

        return result.Body is { } body ? ValueTask.FromResult<Reply>(new Reply.Json(body)) : Retrieve(result);
    }
}
