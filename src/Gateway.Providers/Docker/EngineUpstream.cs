using Gateway.Providers.Contract;

namespace Gateway.Providers.Docker;

/// <summary>The network of a call with the failures of its engine in the engine's words.</summary>
internal sealed class EngineUpstream : IUpstream
{
    private readonly IUpstream _upstream;

    private EngineUpstream(IUpstream upstream) => _upstream = upstream;

    public Account Account => _upstream.Account;

    public TimeSpan RequestTimeout => _upstream.RequestTimeout;

    /// <summary>The same network, if it is not one already.</summary>
    public static IUpstream Of(IUpstream upstream) => upstream as EngineUpstream ?? new EngineUpstream(upstream);

    public IUpstream Detach() => new EngineUpstream(_upstream.Detach());

    public async ValueTask<UpstreamResult> SendAsync(UpstreamRequest request, CancellationToken cancellationToken) =>
        Worded(await _upstream.SendAsync(request, cancellationToken));

    public async ValueTask<UpstreamResult> OpenAsync(UpstreamRequest request, CancellationToken cancellationToken) =>
        Worded(await _upstream.OpenAsync(request, cancellationToken));

    public async ValueTask<UpstreamResult> RelayAsync(UpstreamRequest request, CancellationToken cancellationToken) =>
        Worded(await _upstream.RelayAsync(request, cancellationToken));

    public ValueTask<bool> WaitAsync(TimeSpan pause, CancellationToken cancellationToken) => _upstream.WaitAsync(pause, cancellationToken);

    public ValueTask<SourceFile?> FindFileAsync(string fileId, CancellationToken cancellationToken) =>
        _upstream.FindFileAsync(fileId, cancellationToken);

    private UpstreamResult Worded(UpstreamResult result) => result is UpstreamResult.Failed { Error: { Kind: ErrorKind.Unreachable } error }
        ? new UpstreamResult.Failed(EngineErrors.Away(error, Account.Name))
        : result;
}
