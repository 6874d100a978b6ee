namespace Gateway.Providers.Contract;

/// <summary>
/// Several requests, or none, that together answer a call. It sees the network only through <see cref="IUpstream"/>.
/// </summary>
public delegate ValueTask<Reply> Recipe(Call call, IUpstream upstream, CancellationToken cancellationToken);

/// <summary>What a provider wants done for a call.</summary>
public abstract record Plan
{
    private Plan()
    {
    }

    /// <summary>One request answers the call.</summary>
    /// <param name="Request">The exchange.</param>
    /// <param name="Receive">Turns a collected answer without an error into the reply. Pure. Not asked for a streamed one.</param>
    public sealed record Forward(UpstreamRequest Request, Func<UpstreamResponse, Reply> Receive) : Plan;

    /// <summary>A recipe answers the call.</summary>
    /// <param name="Recipe">The recipe.</param>
    public sealed record Run(Recipe Recipe) : Plan;

    /// <summary>The provider does not have this operation.</summary>
    public sealed record Unsupported : Plan
    {
        /// <summary>The only instance.</summary>
        public static readonly Unsupported Instance = new();
    }
}
