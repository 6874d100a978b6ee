namespace Gateway.Providers.Contract;

/// <summary>The network as a recipe sees it: accounts, credentials, limits, attempts and telemetry are applied behind it.</summary>
public interface IUpstream
{
    /// <summary>Sends a hop whose answer is collected.</summary>
    /// <returns>The provider's answer, or the error that kept it from answering.</returns>
    ValueTask<HopResult> SendAsync(Hop hop, CancellationToken cancellationToken);
}

/// <summary>How a hop ended.</summary>
public abstract record HopResult
{
    private HopResult()
    {
    }

    /// <summary>The provider answered, whatever its status.</summary>
    /// <param name="Answer">The answer.</param>
    public sealed record Answered(NativeAnswer Answer) : HopResult;

    /// <summary>The provider's body has been streamed to the client.</summary>
    public sealed record Streamed : HopResult
    {
        /// <summary>The only instance.</summary>
        public static readonly Streamed Instance = new();
    }

    /// <summary>No usable answer.</summary>
    /// <param name="Error">Why.</param>
    public sealed record Failed(GatewayError Error) : HopResult;
}
