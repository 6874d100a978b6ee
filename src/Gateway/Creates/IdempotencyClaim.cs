using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>What a store says to a request that wants to be the one that creates for its key.</summary>
internal abstract record IdempotencyClaim
{
    private IdempotencyClaim()
    {
    }

    /// <summary>The request creates; it completes or releases the claim, whatever happens.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="Request">What is asked.</param>
    /// <param name="Token">Tells this claim from all others of the key.</param>
    public sealed record Won(Digest Key, Digest Request, Guid Token) : IdempotencyClaim;

    /// <summary>The key's create has worked.</summary>
    /// <param name="Result">What it made.</param>
    public sealed record Finished(KeptResult Result) : IdempotencyClaim;

    /// <summary>The key's create runs.</summary>
    /// <param name="EndAsync">Waits for its end; gives the reply when it is known here, else null: the claim is to be tried again.</param>
    public sealed record Running(Func<CancellationToken, Task<Reply?>> EndAsync) : IdempotencyClaim;

    /// <summary>The key was used for another request.</summary>
    public sealed record Reused : IdempotencyClaim
    {
        /// <summary>The only instance.</summary>
        public static readonly Reused Instance = new();
    }

    /// <summary>There is no room for another key.</summary>
    /// <param name="RetryAfter">When there will be.</param>
    public sealed record Full(TimeSpan RetryAfter) : IdempotencyClaim;
}
