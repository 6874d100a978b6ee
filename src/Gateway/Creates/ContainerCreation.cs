using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>
/// Creates happen once: a repetition of a create that is known (<see cref="CreateReplays"/>) gets the first result, and one whose answer was lost is not
/// sent again (<see cref="UnknownOutcome"/>).
/// </summary>
internal sealed class ContainerCreation(CreateReplays replays)
{
    /// <summary>Answers a create.</summary>
    /// <param name="call">The create.</param>
    /// <param name="http">Its request.</param>
    /// <param name="create">
    /// Carries it out, to its end also when the client leaves: the request is sent, and the answer tells the ledger who owns the container.
    /// </param>
    public ValueTask<Reply> RunAsync(Call call, HttpContext http, Func<ValueTask<Reply>> create) =>
        replays.RunAsync(call, http, async () => UnknownOutcome.Mark(await create()));
}
