using Gateway.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>
/// One change of the database that waits to be committed with others. Its work may be done more than once, of which all but the last are rolled back:
/// it must not change anything besides the database that a repetition would not.
/// </summary>
internal abstract class LocalStoreWrite
{
    /// <summary>Uploads whose bytes the change points to.</summary>
    public IReadOnlyList<LocalStoreDraft> Drafts { get; init; } = [];

    /// <summary>
    /// Names of the bytes that the change will free, or null for a change that frees nothing. One that frees is done on a full disk, too: at the
    /// worst its bytes go first.
    /// </summary>
    public Func<SqliteSession, IEnumerable<string>>? Frees { get; init; }

    /// <summary>False when nobody waits for it any more.</summary>
    public abstract bool TryBegin();

    /// <summary>Does the work in the transaction of the session.</summary>
    public abstract void Do(SqliteSession session);

    /// <summary>Why it will not be committed, or null.</summary>
    public Exception? Refused { get; set; }

    /// <summary>Tells who waits. What was not refused is on the disk.</summary>
    public abstract void Finish();
}

/// <summary>A change with a result.</summary>
internal sealed class LocalStoreWrite<T>(Func<SqliteSession, T> work) : LocalStoreWrite
{
    private readonly TaskCompletionSource<T> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _begun;
    private T? _result;

    public Task<T> Task => _end.Task;

    public override bool TryBegin() => Interlocked.Exchange(ref _begun, 1) == 0;

    public override void Do(SqliteSession session)
    {
        Refused = null;
        _result = work(session);
    }

    public override void Finish()
    {
        if (Refused is { } reason)
        {
            _end.SetException(reason);
        }
        else
        {
            _end.SetResult(_result!);
        }
    }

    /// <summary>Nobody waits for it any more; it is not done if it has not begun.</summary>
    public void Leave(CancellationToken cancellationToken)
    {
        if (TryBegin())
        {
            _end.SetCanceled(cancellationToken);
        }
    }
}
