using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>
/// Remembers, for each key, that its create runs or what it has made. A running or unexpired key is never forgotten to make room; a failure is not
/// kept.
/// </summary>
internal interface IIdempotencyStore
{
    /// <summary>Asks to be the one that creates for a key.</summary>
    /// <param name="key">Caller and key.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="tenant">Whose share of the room it takes; null for nobody's.</param>
    ValueTask<IdempotencyClaim> ClaimAsync(Digest key, Digest request, string? tenant = null);

    /// <summary>The create has worked: its result is kept for <see cref="IdempotentCreates.KeptFor"/>.</summary>
    ValueTask CompleteAsync(IdempotencyClaim.Won claim, Reply reply, KeptResult result);

    /// <summary>The create has failed, or given nothing: the next request with this key tries anew, those that wait for it share its end.</summary>
    ValueTask ReleaseAsync(IdempotencyClaim.Won claim, Reply? reply);
}
