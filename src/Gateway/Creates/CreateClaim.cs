using Gateway.Providers.Contract;

namespace Gateway.Creates;

/// <summary>The right of one client to the result of a create; there is one at a time.</summary>
/// <param name="claims">Where the create is known.</param>
/// <param name="create">The create.</param>
/// <param name="client">Ends when the client leaves; looked at only until <see cref="End"/>, since a server uses its source again.</param>
internal sealed class CreateClaim(RetryClaims claims, PendingCreate create, CancellationToken client)
{
    private bool _hasEnded;

    /// <summary>The create.</summary>
    public PendingCreate Create { get; } = create;

    /// <summary>The result, when it was there as it was claimed; else <see cref="Running"/> tells.</summary>
    public KeptResult? Result { get; } = create.Running is null ? create.Result : null;

    /// <summary>The end of a create that runs; null when it has no reply.</summary>
    public Task<Reply?> Running { get; } = create.Running?.Task ?? Task.FromResult<Reply?>(null);

    /// <summary>Whether the client can receive nothing any more.</summary>
    public bool HasLeft => _hasEnded || client.IsCancellationRequested;

    /// <summary>
    /// Asked before the first byte of the answer is written: false when the client has left, or a retry has claimed the result. After true nobody
    /// else gets it, unless <see cref="NotReceived"/> takes it back.
    /// </summary>
    public bool TryReceive() => claims.TryReceive(this);

    /// <summary>The answer could not be handed to the connection: none of it has left.</summary>
    public void NotReceived() => claims.GiveBack(this);

    /// <summary>The create has ended.</summary>
    /// <param name="reply">Its reply, or null.</param>
    /// <param name="result">What to keep of it when it has worked.</param>
    public void Finish(Reply? reply, KeptResult? result) => claims.Finish(Create, reply, result);

    /// <summary>The client's request is over, whatever came of it.</summary>
    public void End() => claims.End(this, () => _hasEnded = true);
}
