using System.Diagnostics;
using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Telemetry;

namespace Gateway.Cache;

/// <summary>Asks the provider for a list.</summary>
/// <param name="exchange">The log book that takes in the attempts.</param>
internal delegate ValueTask<Reply> AskForList(Exchange exchange);

/// <summary>
/// A load of which nobody owns the result: it may serve many calls, and goes on when the one that began it has left. So it works with a log book of
/// its own.
/// </summary>
internal sealed class ListLoad(Exchange exchange, AskForList ask, GatewayMetrics metrics, TimeProvider time)
{
    private readonly Activity? _span = Activity.Current;

    /// <summary>The log book of the load; null when there was no need to load.</summary>
    public Exchange? Fork { get; private set; }

    /// <summary>Loads, or throws <see cref="NotKeptException"/>.</summary>
    public async ValueTask<CachedList> RunAsync(CancellationToken cancellationToken)
    {
        metrics.Cache(CacheStatus.Miss);

        // HybridCache runs this on a thread that does not know the caller's span.
        Activity.Current = _span;
        var fork = exchange.Fork(cancellationToken);
        Fork = fork;
        var reply = await ask(fork);
        var now = time.GetUtcNow();
        return fork.Missing.Count == 0 && CachedList.Of(reply, exchange.Operation!, now) is { } list
            ? list
            : throw new NotKeptException(reply, fork.Missing);
    }
}
