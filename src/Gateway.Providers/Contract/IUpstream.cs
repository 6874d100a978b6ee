namespace Gateway.Providers.Contract;

/// <summary>
/// The network as a recipe sees it: one account, chosen before. Credentials, limits, attempts and telemetry are applied behind it; all requests of a
/// call together wait no longer for the provider than <see cref="RequestTimeout"/>, bodies that flow left aside.
/// </summary>
public interface IUpstream
{
    /// <summary>The account that answers the call. Throws for a provider without accounts, which has no network.</summary>
    Account Account { get; }

    /// <summary>How long the call waits for the provider.</summary>
    TimeSpan RequestTimeout { get; }

    /// <summary>
    /// The same account for work that goes on when the call, or its time, is over, such as cleaning up; each request has the full time then.
    /// </summary>
    IUpstream Detach();

    /// <summary>Sends a request whose answer is collected.</summary>
    /// <returns>The provider's answer, or the error that kept it from answering.</returns>
    ValueTask<UpstreamResult> SendAsync(UpstreamRequest request, CancellationToken cancellationToken);

    /// <summary>Sends a request whose successful answer is read as it arrives; any other is collected.</summary>
    /// <returns><see cref="UpstreamResult.Opened"/> for 2xx, else as from <see cref="SendAsync"/>.</returns>
    ValueTask<UpstreamResult> OpenAsync(UpstreamRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Sends a request whose successful answer goes to the client as it is, with the client's range and condition headers; any other is collected.
    /// </summary>
    /// <returns>
    /// <see cref="UpstreamResult.Streamed"/>, to be answered with <see cref="Reply.Streamed"/>, else as from <see cref="SendAsync"/>.
    /// </returns>
    ValueTask<UpstreamResult> RelayAsync(UpstreamRequest request, CancellationToken cancellationToken);

    /// <summary>A pause between two looks at something under way; false at once when the call's time would be over by then.</summary>
    ValueTask<bool> WaitAsync(TimeSpan pause, CancellationToken cancellationToken);

    /// <summary>Looks for a file among the other configured providers; null when none of them has it.</summary>
    ValueTask<SourceFile?> FindFileAsync(string fileId, CancellationToken cancellationToken);
}

/// <summary>How a request ended.</summary>
public abstract record UpstreamResult
{
    private UpstreamResult()
    {
    }

    /// <summary>The provider answered, whatever its status.</summary>
    /// <param name="Response">The answer.</param>
    public sealed record Answered(UpstreamResponse Response) : UpstreamResult
    {
        /// <summary>True when the request was sent before, without a final answer, and may have been carried out then.</summary>
        public bool MayHaveActedBefore { get; init; }

        /// <summary>
        /// For the delete of something that is known to have existed: when nothing is found after an attempt that may have acted, that one has
        /// worked, and the answer is 204.
        /// </summary>
        public Answered AfterDelete() => MayHaveActedBefore && Response.Status == 404 ? new Answered(new UpstreamResponse(204, default, null)) : this;
    }

    /// <summary>The provider has answered 2xx, and its body is there to be read.</summary>
    /// <param name="Status">Its status.</param>
    /// <param name="Headers">Its headers.</param>
    /// <param name="Body">
    /// Forward-only; whoever got it disposes it, which gives the connection back. Throws <see cref="UpstreamBrokenException"/> when the provider
    /// breaks off or falls silent.
    /// </param>
    public sealed record Opened(int Status, UpstreamHeaders Headers, Stream Body) : UpstreamResult;

    /// <summary>The provider's body has been streamed to the client.</summary>
    public sealed record Streamed : UpstreamResult
    {
        /// <summary>The only instance.</summary>
        public static readonly Streamed Instance = new();
    }

    /// <summary>No usable answer.</summary>
    /// <param name="Error">Why.</param>
    public sealed record Failed(GatewayError Error) : UpstreamResult;
}
