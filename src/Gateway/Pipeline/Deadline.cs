using System.Collections.Concurrent;

namespace Gateway.Pipeline;

/// <summary>
/// The total time of one upstream exchange. Its token ends with the deadline or with the client, whichever comes first. A streamed request pauses it
/// while a body flows (silence is bounded elsewhere) and so bounds only the waiting for an answer.
/// </summary>
internal sealed class Deadline : IDisposable
{
    private const int MaxFree = 1024;

    /// <summary>Sources whose exchange is over, with their timers; every call needs one.</summary>
    private static readonly ConcurrentQueue<CancellationTokenSource> s_free = new();

    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _client;
    private readonly CancellationTokenRegistration _leaving;
    private readonly TimeProvider _time;
    private readonly TimeSpan _total;
    private readonly bool _isReusable;
    private readonly CallBudget? _budget;
    private long _start;
    private TimeSpan _usedBefore;
    private bool _isPaused;
    private volatile bool _hasLeft;

    /// <param name="total">How long.</param>
    /// <param name="time">The clock.</param>
    /// <param name="client">Ends the exchange, too.</param>
    /// <param name="isCollected">
    /// True when nothing that may outlive the exchange, a body that is still being sent for one, gets hold of its token: it then belongs to another
    /// exchange.
    /// </param>
    /// <param name="budget">What the time used is taken from; null for none.</param>
    public Deadline(TimeSpan total, TimeProvider time, CancellationToken client, bool isCollected = false, CallBudget? budget = null)
    {
        _budget = budget;
        _total = total;
        _time = time;
        _client = client;
        _start = time.GetTimestamp();
        _isReusable = isCollected && time == TimeProvider.System;
        if (_isReusable && s_free.TryDequeue(out var free))
        {
            _source = free;
            _source.CancelAfter(total);
        }
        else
        {
            _source = new CancellationTokenSource(total, time);
        }

        _leaving = client.UnsafeRegister(static state => ((Deadline)state!).Leave(), this);
    }

    /// <summary>Ends when time is over or the client has left.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>True when time ran out, false as long as it did not or when the client left first.</summary>
    public bool IsOver => !_hasLeft && _source.IsCancellationRequested;

    /// <summary>Whether the client has left.</summary>
    public bool ClientLeft => _client.IsCancellationRequested;

    /// <summary>Time left, never negative.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var left = _total - _time.GetElapsedTime(_start);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Time waited for the upstream: all but what passed while a body flowed.</summary>
    public TimeSpan Used => _isPaused ? _usedBefore : _usedBefore + _time.GetElapsedTime(_start);

    /// <summary>Stops the clock while a body flows.</summary>
    public void Pause()
    {
        (_usedBefore, _isPaused) = (Used, true);
        Change(Timeout.InfiniteTimeSpan);
    }

    /// <summary>Starts the full time again: the body has been sent, now the upstream must answer.</summary>
    public void Restart()
    {
        (_usedBefore, _start, _isPaused) = (Used, _time.GetTimestamp(), false);
        Change(_total);
    }

    /// <summary>Waits; false when the deadline or the client ended the wait.</summary>
    /// <param name="pause">How long.</param>
    /// <param name="client">Ends the wait, also where it does not end the exchange.</param>
    public async ValueTask<bool> WaitAsync(TimeSpan pause, CancellationToken client)
    {
        if (pause == TimeSpan.Zero)
        {
            return !Token.IsCancellationRequested && !client.IsCancellationRequested;
        }

        using var either = CancellationTokenSource.CreateLinkedTokenSource(Token, client);
        try
        {
            await Task.Delay(pause, _time, either.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        _leaving.Dispose();
        _budget?.Spend(Used);
        if (_isReusable && s_free.Count < MaxFree && _source.TryReset())
        {
            s_free.Enqueue(_source);
        }
        else
        {
            _source.Dispose();
        }
    }

    private void Leave()
    {
        _hasLeft = true;
        _source.Cancel();
    }

    private void Change(TimeSpan left)
    {
        try
        {
            _source.CancelAfter(left);
        }
        catch (ObjectDisposedException)
        {
            // The exchange ended at the same moment.
        }
    }
}
