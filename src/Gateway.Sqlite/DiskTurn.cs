namespace Gateway.Sqlite;

/// <summary>Work that waits for its turn. It is begun or left, never both.</summary>
internal sealed class DiskTurn<T>(Func<T> work)
{
    private readonly TaskCompletionSource<T> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _taken;

    /// <summary>Its result.</summary>
    public Task<T> Task => _result.Task;

    /// <summary>Its turn has come: does the work, unless nobody waits for it any more.</summary>
    public void Run()
    {
        if (Interlocked.Exchange(ref _taken, 1) != 0)
        {
            return;
        }

        try
        {
            _result.SetResult(work());
        }
        catch (Exception failure)
        {
            _result.SetException(failure);
        }
    }

    /// <summary>Nobody waits for it any more. Work that has begun goes on.</summary>
    public void Leave(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _taken, 1) == 0)
        {
            _result.SetCanceled(cancellationToken);
        }
    }
}
