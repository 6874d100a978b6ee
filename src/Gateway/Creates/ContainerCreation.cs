using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>
/// Creates happen once. Those with the same <c>Idempotency-Key</c> share one container; an SDK's retry gets what the client that it speaks for never
/// received; and one whose answer was lost is not sent again. No container is ever given to two clients: when in doubt there is one more.
/// </summary>
internal sealed class ContainerCreation(IdempotentCreates keyed, RetryClaims claims)
{
    /// <summary>Answers a create.</summary>
    public ValueTask<Reply> RunAsync(Call call, CreateSteps steps)
    {
        var identity = CreateIdentity.Of(call, steps);
        return identity.Key is { } key ? keyed.RunAsync(key, identity.Request, steps) : RunAsync(identity, steps);
    }

    private async ValueTask<Reply> RunAsync(CreateIdentity identity, CreateSteps steps)
    {
        var left = steps.Exchange.Aborted;
        while (identity.Retry > 0 && claims.TryClaim(identity.Request, left) is { } claim)
        {
            steps.Exchange.Receipt = claim;
            if (claim.Result is { } result)
            {
                return await steps.AnswerAsync(result);
            }

            if (await claim.Running.WaitAsync(left) is { } reply and not Reply.Failed { Error.Kind: ErrorKind.Cancelled })
            {
                return reply;
            }
        }

        var first = claims.Begin(identity.Request, left, steps.Exchange.Directives.Caller.Tenant?.Id);
        steps.Exchange.Receipt = first;
        Reply? end = null;
        try
        {
            return end = await steps.RunAsync();
        }
        finally
        {
            first.Finish(end, KeptResult.Of(end, steps.Exchange.Account));
        }
    }
}
