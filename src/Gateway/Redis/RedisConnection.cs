using System.Collections.Immutable;
using StackExchange.Redis;

namespace Gateway.Redis;

/// <summary>What came of a command.</summary>
/// <param name="Reached">False when Redis was not reached, was too slow, or refused; then there is no value.</param>
/// <param name="Value">The answer.</param>
internal readonly record struct RedisResult<T>(bool Reached, T? Value);

/// <summary>
/// The process's connection to Redis, behind a circuit. After a failure commands are skipped at once, while one probe each half
/// second finds out when to go on; so an outage costs the calls of its first moment the limit, and every other call nothing.
/// </summary>
/// <param name="options">How to connect.</param>
/// <param name="limit">How long a call waits.</param>
/// <param name="time">The clock of limits and probes.</param>
/// <param name="logger">Where outages are told.</param>
internal sealed class RedisConnection(
    ConfigurationOptions options, TimeSpan limit, TimeProvider time, ILogger<RedisConnection> logger) : IAsyncDisposable
{
    private static readonly TimeSpan s_warmup = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_probePeriod = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _closing = new();
    private ImmutableArray<Action> _whenLost = [];
    private ImmutableArray<Action> _whenHealed = [];
    private Task<ConnectionMultiplexer>? _connecting;
    private Task _probing = Task.CompletedTask;
    private long _refusalLogged;
    private volatile bool _open;
    private volatile string _reason = "";
    private bool _hasCause;
    private bool _isExplained;

    /// <summary>False while commands are skipped.</summary>
    public bool IsHealthy => !_open;

    /// <summary><c>ok</c>, or why commands are skipped.</summary>
    public string State => _open ? _reason : "ok";

    /// <summary>How long a call waits.</summary>
    public TimeSpan Limit => limit;

    /// <summary>Calls back each time commands begin to be skipped, before any of them is.</summary>
    public void WhenLost(Action callback)
    {
        lock (_lock)
        {
            _whenLost = _whenLost.Add(callback);
        }
    }

    /// <summary>Calls back each time Redis answers after an outage, in which it may have lost its data.</summary>
    public void WhenHealed(Action callback)
    {
        lock (_lock)
        {
            _whenHealed = _whenHealed.Add(callback);
        }
    }

    /// <summary>
    /// Connects before the first call needs it, for at most a second or the limit. Without this, the first calls of a process would take the time
    /// that a connection takes for an outage.
    /// </summary>
    public async Task WarmAsync(CancellationToken cancellationToken)
    {
        var patience = limit > s_warmup ? limit : s_warmup;
        try
        {
            var multiplexer = await Connect().WaitAsync(patience, time, cancellationToken);
            await multiplexer.GetDatabase().PingAsync().WaitAsync(patience, time, cancellationToken);
        }
        catch (Exception failure) when (RedisFailure.IsOutage(failure))
        {
            Open(failure);
        }
    }

    /// <summary>The connection itself, for libraries that bring their own commands; call them within <see cref="TryAsync"/> all the same.</summary>
    public async Task<IConnectionMultiplexer> MultiplexerAsync() => await Connect();

    /// <summary>
    /// Runs commands, at once or not at all, for at most the limit. Commands that were sent may take effect even when the answer says that
    /// Redis was not reached. Throws only when the caller's token is cancelled.
    /// </summary>
    public ValueTask<RedisResult<T>> TryAsync<T>(Func<IDatabase, Task<T>> work, CancellationToken cancellationToken) =>
        _open ? default : InsistAsync(work, cancellationToken);

    /// <summary>
    /// The same, but not skipped during an outage. For what other instances must see: they may well reach the Redis that was too slow for this one a
    /// moment ago, and commands sent to a frozen one take effect when it wakes up.
    /// </summary>
    public async ValueTask<RedisResult<T>> InsistAsync<T>(Func<IDatabase, Task<T>> work, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_closing.IsCancellationRequested)
        {
            return default;
        }

        try
        {
            return new RedisResult<T>(true, await RunAsync(work, cancellationToken));
        }
        catch (RedisServerException refusal)
        {
            Refused(refusal);
            return default;
        }
        catch (Exception failure) when (RedisFailure.IsOutageTo(failure, cancellationToken))
        {
            Open(failure);
            return default;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_closing.IsCancellationRequested)
        {
            return;
        }

        await _closing.CancelAsync();
        await _probing;
        if (_connecting is { } connecting)
        {
            try
            {
                await (await connecting).DisposeAsync();
            }
            catch (Exception failure) when (RedisFailure.IsOutage(failure))
            {
                // It never connected, or is broken already; there is nothing to close.
            }
        }

        _closing.Dispose();
    }

    private async Task<T> RunAsync<T>(Func<IDatabase, Task<T>> work, CancellationToken cancellationToken)
    {
        var multiplexer = await Connect().WaitAsync(limit, time, cancellationToken);
        var running = work(multiplexer.GetDatabase());
        try
        {
            return await running.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException) when (running.IsCompletedSuccessfully)
        {
            // The answer came in time, and this busy process was late to look.
            return await running;
        }
        catch when (!running.IsCompleted)
        {
            // Nobody waits for it any longer; its failure shall not surface as an unobserved one.
            _ = running.ContinueWith(
                late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted | TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            throw;
        }
    }

    private Task<ConnectionMultiplexer> Connect()
    {
        lock (_lock)
        {
            // Not connecting yet is no failure here: the multiplexer goes on trying. A failed task is a wrong name or option, tried anew.
            return _connecting is null or { IsFaulted: true }
                ? _connecting = Task.Run(ConnectAsync)
                : _connecting;
        }
    }

    private async Task<ConnectionMultiplexer> ConnectAsync()
    {
        try
        {
            var multiplexer = await ConnectionMultiplexer.ConnectAsync(options.Clone());

            // It may have been away without any command to notice. The library's second connection, for subscriptions, carries none.
            multiplexer.ConnectionRestored += (_, restored) =>
                Tell(IsHealthy && restored.ConnectionType == ConnectionType.Interactive ? _whenHealed : []);

            // Commands only learn that there is no connection; why there is none is told here, at each try.
            multiplexer.ConnectionFailed += (_, failed) => Explain(failed.Exception, isFresh: true);
            return multiplexer;
        }
        catch (Exception refused) when (refused is ArgumentException or InvalidOperationException)
        {
            throw new IOException("The connection cannot be made with these options.", refused);
        }
    }

    private void Open(Exception failure)
    {
        lock (_lock)
        {
            if (_open || _closing.IsCancellationRequested)
            {
                return;
            }

            Tell(_whenLost);
            _reason = RedisFailure.Reason(failure, options);
            _hasCause = RedisFailure.Cause(failure, options) is not null;
            _isExplained = false;
            _open = true;
            _probing = Task.Run(ProbeAsync);
        }

        logger.RedisLost(_reason);
    }

    /// <summary>The reason of an outage may become known, or change, while it lasts; the log is told once.</summary>
    /// <param name="why">What may hold a cause.</param>
    /// <param name="isFresh">False for what may be of an earlier outage: it counts only while no cause is known.</param>
    private void Explain(Exception? why, bool isFresh)
    {
        lock (_lock)
        {
            if (!_open || why is null || (_hasCause && !isFresh) || RedisFailure.Cause(why, options) is not { } reason || _reason == reason)
            {
                return;
            }

            _reason = reason;
            _hasCause = true;
            if (_isExplained)
            {
                return;
            }

            _isExplained = true;
        }

        logger.RedisStillLost(_reason);
    }

    private void Refused(RedisServerException refusal)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var last = Interlocked.Read(ref _refusalLogged);
        if (now - last >= 60 && Interlocked.CompareExchange(ref _refusalLogged, now, last) == last)
        {
            // The first word is the error's code; what follows may quote keys.
            logger.RedisRefused(refusal.Message.Split(' ', 2)[0]);
        }
    }

    private async Task ProbeAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(s_probePeriod, time, _closing.Token);
                if (await AnswersAsync())
                {
                    break;
                }
            }
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            return;
        }

        _open = false;
        logger.RedisHealed();
        Tell(_whenHealed);
    }

    private static void Tell(ImmutableArray<Action> callbacks)
    {
        foreach (var callback in callbacks)
        {
            callback();
        }
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            await RunAsync(database => database.PingAsync(), _closing.Token);
            return true;
        }
        catch (Exception failure) when (RedisFailure.IsOutage(failure))
        {
            // The library tells once why a connection failed, perhaps before anybody listened; each command it refuses holds what it last knew.
            Explain(failure, isFresh: failure is RedisServerException);
            return false;
        }
    }
}
