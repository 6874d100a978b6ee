namespace Gateway.Sqlite;

/// <summary>
/// Threads for work that waits for a disk: flushes, renames, commits, reads of files. A disk may take seconds for any of them, and a thread of the
/// pool that waits is missed by every other call. First in, first out; what does not fit into the queue is refused at once.
/// </summary>
public sealed class DiskThreads : IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly Queue<Action> _jobs = [];
    private readonly string _name;
    private readonly int _capacity;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _threads;
    private int _idle;
    private bool _closed;

    /// <summary>They start when there is work for them, and stay.</summary>
    /// <param name="name">Name of its threads.</param>
    /// <param name="threads">How much is done at a time, 1 or more.</param>
    /// <param name="capacity">How much may wait, 1 or more.</param>
    public DiskThreads(string name, int threads, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _name = name;
        MaxThreads = threads;
        _capacity = capacity;
    }

    /// <summary>How much is done at a time.</summary>
    public int MaxThreads { get; }

    /// <summary>How much waits now.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _jobs.Count;
            }
        }
    }

    /// <summary>
    /// Does the work on one of the threads. The token ends the wait for a turn, never work that has begun. What the work throws is thrown here.
    /// </summary>
    /// <exception cref="DiskBusyException">Too much waits already.</exception>
    /// <exception cref="ObjectDisposedException">No more work is taken.</exception>
    public async ValueTask<T> RunAsync<T>(Func<T> work, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var turn = new DiskTurn<T>(work);
        Post(turn.Run);
        await using var left = cancellationToken.UnsafeRegister(static (turn, token) => ((DiskTurn<T>)turn!).Leave(token), turn);
        return await turn.Task;
    }

    /// <summary>Like <see cref="RunAsync{T}"/> for work without a result.</summary>
    public async ValueTask RunAsync(Action work, CancellationToken cancellationToken = default) =>
        await RunAsync(
            () =>
            {
                work();
                return true;
            },
            cancellationToken);

    /// <summary>Has work done that reports by itself and throws nothing.</summary>
    /// <exception cref="DiskBusyException">Too much waits already.</exception>
    /// <exception cref="ObjectDisposedException">No more work is taken.</exception>
    public void Post(Action work)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_jobs.Count >= _capacity)
            {
                throw new DiskBusyException();
            }

            _jobs.Enqueue(work);
            if (_idle >= _jobs.Count || _threads == MaxThreads)
            {
                Monitor.Pulse(_gate);
                return;
            }

            _threads++;
        }

        new Thread(Work) { IsBackground = true, Name = _name }.Start();
    }

    /// <summary>Takes no more work, and returns when what was taken is done.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
            if (_threads == 0)
            {
                _ended.TrySetResult();
            }
        }

        await _ended.Task;
    }

    private void Work()
    {
        while (Next() is { } job)
        {
            job();
        }
    }

    private Action? Next()
    {
        lock (_gate)
        {
            while (_jobs.Count == 0)
            {
                if (_closed)
                {
                    if (--_threads == 0)
                    {
                        _ended.TrySetResult();
                    }

                    return null;
                }

                _idle++;
                Monitor.Wait(_gate);
                _idle--;
            }

            return _jobs.Dequeue();
        }
    }
}

/// <summary>More work waits for the disk than its queue holds. Nothing has been done; it may be asked for again.</summary>
public sealed class DiskBusyException() : Exception("The gateway's storage is busy.");
