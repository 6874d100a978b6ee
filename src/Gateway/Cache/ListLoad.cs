using System.Diagnostics;
using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Telemetry;

namespace Gateway.Cache;

/// <summary>Asks the provider for a list.</summary>
/// <param name="exchange">The log book that takes in the attempts.</param>
/// <param name="http">The request: the caller's, or what matters of it.</param>
internal delegate ValueTask<Reply> AskForList(Exchange exchange, HttpContext http);

/// <summary>
/// A load of which nobody owns the result: it may serve many calls, and goes on when the one that began it has left. So it works with a log book and a
/// request of its own.
/// </summary>
internal sealed class ListLoad(ListCacheKey cacheKey, Exchange exchange, AskForList ask, GatewayMetrics metrics, TimeProvider time)
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
        var fork = exchange.Fork();
        Fork = fork;
        var http = new DefaultHttpContext { RequestAborted = cancellationToken };
        foreach (var (name, values) in cacheKey.Headers)
        {
            http.Request.Headers[name] = values;
        }

        var reply = await ask(fork, http);
        var now = time.GetUtcNow();
        return fork.Missing.Count == 0 && CachedList.Of(reply, exchange.Operation!, now) is { } list
            ? list
            : throw new NotKeptException(reply, fork.Missing);
    }
}
