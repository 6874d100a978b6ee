using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Gateway.Cache;

/// <summary>
/// Scopes whose renewal has failed: tried again until it succeeds, or until every entry it would have made unreachable has expired.
/// </summary>
/// <param name="store">Stores new values; false when it could not.</param>
/// <param name="time">The clock.</param>
internal sealed class PendingInvalidations(Func<ImmutableArray<string>, Task<bool>> store, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _until = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new();
    private Task _retrying = Task.CompletedTask;

    /// <summary>Whether one of these is overdue.</summary>
    public bool Contains(ImmutableArray<string> scopes) => !_until.IsEmpty && scopes.Any(_until.ContainsKey);

    /// <summary>These could not be renewed.</summary>
    public void Add(ImmutableArray<string> scopes)
    {
        var until = time.GetUtcNow() + CacheDirectives.MaxTtl;
        foreach (var scope in scopes)
        {
            _until[scope] = until;
        }

        lock (_lock)
        {
            if (_retrying.IsCompleted && !_closing.IsCancellationRequested)
            {
                _retrying = Task.Run(RetryAsync);
            }
        }
    }

    /// <summary>The store answers again.</summary>
    public void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Awake already.
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _retrying;
        _closing.Dispose();
        _wake.Dispose();
    }

    private async Task RetryAsync()
    {
        try
        {
            while (!_until.IsEmpty)
            {
                await WaitAsync();
                await RetryOnceAsync();
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // The entries expire by themselves.
        }
    }

    private async Task WaitAsync()
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_closing.Token);
        await Task.WhenAny(Task.Delay(s_pause, time, either.Token), _wake.WaitAsync(either.Token));
        await either.CancelAsync();
        _closing.Token.ThrowIfCancellationRequested();
    }

    private async Task RetryOnceAsync()
    {
        var now = time.GetUtcNow();
        var overdue = _until.ToArray();
        if (overdue.Length == 0 || !await store([.. overdue.Select(pair => pair.Key)]))
        {
            overdue = [.. overdue.Where(pair => pair.Value < now)];
        }

        foreach (var pair in overdue)
        {
            // Not one that failed again in the meantime.
            _until.TryRemove(pair);
        }
    }
}
