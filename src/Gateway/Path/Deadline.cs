namespace Gateway.Path;

/// <summary>
/// The total time of one upstream exchange. Its token ends with the deadline or with the client, whichever comes first. A streamed hop pauses it
/// while a body flows (silence is bounded elsewhere) and so bounds only the waiting for an answer.
/// </summary>
internal sealed class Deadline : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationToken _client;
    private readonly TimeProvider _time;
    private readonly TimeSpan _total;
    private readonly ITimer _timer;
    private long _start;

    public Deadline(TimeSpan total, TimeProvider time, CancellationToken client)
    {
        _total = total;
        _time = time;
        _client = client;
        _start = time.GetTimestamp();
        _source = CancellationTokenSource.CreateLinkedTokenSource(client);
        _timer = time.CreateTimer(static state => ((Deadline)state!).Expire(), this, total, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Ends when time is over or the client has left.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>True when time ran out, false as long as it did not or when the client left first.</summary>
    public bool IsOver { get; private set; }

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

    /// <summary>Stops the clock while a body flows.</summary>
    public void Pause() => _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>Starts the full time again: the body has been sent, now the upstream must answer.</summary>
    public void Restart()
    {
        _start = _time.GetTimestamp();
        _timer.Change(_total, Timeout.InfiniteTimeSpan);
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
        _timer.Dispose();
        _source.Dispose();
    }

    private void Expire()
    {
        IsOver = !_client.IsCancellationRequested;
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The exchange ended at the same moment.
        }
    }
}
