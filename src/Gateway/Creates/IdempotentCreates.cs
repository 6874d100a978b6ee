using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>
/// Creates with an <c>Idempotency-Key</c>: one container for a caller's key, whichever instance is asked and whether or not its client stays. Whoever
/// repeats a create while it runs shares its end; a failure is not kept, so that who comes later tries anew.
/// </summary>
internal sealed class IdempotentCreates(IIdempotencyStore store, TimeProvider time)
{
    /// <summary>What errors call the key.</summary>
    private const string KeyHeader = "Idempotency-Key";

    /// <summary>How long a key is remembered after its create has worked.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    /// <summary>Answers a create that has a key.</summary>
    public async ValueTask<Reply> RunAsync(Digest key, Digest request, CreateSteps steps)
    {
        var left = steps.Exchange.Aborted;
        using var over = new CancellationTokenSource(steps.Provider.Network.RequestTimeout, time);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(left, over.Token);
        try
        {
            while (true)
            {
                switch (await store.ClaimAsync(key, request, steps.Exchange.Directives.Caller.Tenant?.Id))
                {
                    case IdempotencyClaim.Won claim:
                        return await CreateAsync(claim, steps);
                    case IdempotencyClaim.Finished finished:
                        return await steps.AnswerAsync(finished.Result);
                    case IdempotencyClaim.Reused:
                        return Refused(GatewayError.Invalid(
                            "this Idempotency-Key was used for a different request", KeyHeader, "idempotency_key_reused",
                            StatusCodes.Status422UnprocessableEntity));
                    case IdempotencyClaim.Full full:
                        return Refused(NoRoom(full.RetryAfter));
                    case IdempotencyClaim.Running running:
                        if (await running.EndAsync(waiting.Token) is { } end and not Reply.Failed { Error.Kind: ErrorKind.Cancelled })
                        {
                            return end;
                        }

                        break;
                }
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested && !left.IsCancellationRequested)
        {
            return Refused(StillRunning);
        }
    }

    private static GatewayError StillRunning { get; } =
        new()
        {
            Kind = ErrorKind.Conflict,
            Status = StatusCodes.Status409Conflict,
            Code = "idempotency_key_in_use",
            Message = "the create with this Idempotency-Key is still under way",
            Param = KeyHeader,
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    private static GatewayError NoRoom(TimeSpan wait) =>
        new()
        {
            Kind = ErrorKind.Capacity,
            Status = StatusCodes.Status503ServiceUnavailable,
            Type = "server_error",
            Code = "idempotency_store_full",
            Message = "no more Idempotency-Keys can be remembered right now; nothing was created",
            RetryAfter = wait,
        };

    private static Reply.Failed Refused(GatewayError error) => new(error);

    private async ValueTask<Reply> CreateAsync(IdempotencyClaim.Won claim, CreateSteps steps)
    {
        Reply? end = null;
        try
        {
            return end = await steps.RunAsync();
        }
        finally
        {
            // Also when the client has left: its retry will ask for it.
            if (end is not null && KeptResult.Of(end, steps.Exchange.Account) is { } result)
            {
                await store.CompleteAsync(claim, end, result);
            }
            else
            {
                await store.ReleaseAsync(claim, end);
            }
        }
    }
}
