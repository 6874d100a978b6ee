using System.Collections.Concurrent;
using Gateway.Sqlite;
using Microsoft.Data.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>
/// The one writer of the database, on a thread of its own. What waits while a commit is on its way to the disk is committed together by the next:
/// the slower the disk, the more changes share one flush.
/// </summary>
internal sealed class LocalStoreWriter(SqliteSession session, LocalStoreDirectory directory, LocalSpace space, ILocalDisk disk) : IAsyncDisposable
{
    private const int MaxGroup = 256;
    private const int MaxWaiting = 4096;

    private readonly DiskThreads _thread = new("local commits", threads: 1, MaxWaiting);
    private readonly ConcurrentQueue<LocalStoreWrite> _waiting = [];

    /// <summary>
    /// Commits a change. When this returns it is on the disk; when it throws nothing has happened. The token ends the wait for a turn, never the
    /// work.
    /// </summary>
    public async ValueTask<T> CommitAsync<T>(LocalStoreWrite<T> write, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _waiting.Enqueue(write);
        try
        {
            _thread.Post(CommitWaiting);
        }
        catch
        {
            // If another's turn has taken it meanwhile it is done.
            if (write.TryBegin())
            {
                throw;
            }
        }

        await using var left = cancellationToken.UnsafeRegister(static (write, token) => ((LocalStoreWrite<T>)write!).Leave(token), write);
        return await write.Task;
    }

    /// <summary>Ends when everything that was begun is committed. The session stays its owner's.</summary>
    public ValueTask DisposeAsync() => _thread.DisposeAsync();

    // Each change posts this; who comes first takes all that wait, and the others find nothing.
    private void CommitWaiting()
    {
        var group = new List<LocalStoreWrite>();
        while (group.Count < MaxGroup && _waiting.TryDequeue(out var write))
        {
            if (write.TryBegin())
            {
                group.Add(write);
            }
        }

        if (group.Count > 1 && TryTogether(group))
        {
            group.ForEach(Finish);
        }
        else
        {
            group.ForEach(Alone);
        }
    }

    private bool TryTogether(List<LocalStoreWrite> group)
    {
        try
        {
            FlushNames(group);
            session.Execute("BEGIN IMMEDIATE");
            foreach (var write in group)
            {
                session.Execute("SAVEPOINT one");
                try
                {
                    write.Do(session);
                }
                catch (Exception refused) when (refused is not SqliteException)
                {
                    session.Execute("ROLLBACK TO one");
                    write.Refused = refused;
                }

                session.Execute("RELEASE one");
            }

            disk.Commit(session);
            return true;
        }
        catch (Exception)
        {
            // Whose fault it is shows when each is alone.
            session.RollBack();
            return false;
        }
    }

    private void Alone(LocalStoreWrite write)
    {
        for (var relief = 0; ; relief++)
        {
            try
            {
                FlushNames([write]);
                session.Execute("BEGIN IMMEDIATE");
                write.Do(session);
                disk.Commit(session);
            }
            catch (Exception failure)
            {
                session.RollBack();
                if (relief < 2 && write.Frees is { } frees && LocalErrors.IsStorageFull(failure))
                {
                    Relieve(relief == 0 ? null : frees);
                    continue;
                }

                write.Refused = failure;
            }

            Finish(write);
            return;
        }
    }

    // Makes room for a change that will make more: what is held in reserve, then the bytes that are about to go anyway.
    private void Relieve(Func<SqliteSession, IEnumerable<string>>? frees)
    {
        try
        {
            space.Release();
            foreach (var blob in frees?.Invoke(session) ?? [])
            {
                directory.Empty(blob);
            }

            // What the log holds goes into the database, so that the next change begins it anew instead of making it longer.
            session.Number("PRAGMA wal_checkpoint(TRUNCATE)");
        }
        catch (Exception failure) when (failure is SqliteException or IOException or UnauthorizedAccessException)
        {
            // The next try says whether it was enough.
        }
    }

    // A row must not be on the disk before the name of the bytes it points to.
    private void FlushNames(List<LocalStoreWrite> group)
    {
        if (group.Any(write => write.Drafts.Count > 0))
        {
            disk.FlushDirectory(directory.Tmp);
        }
    }

    private void Finish(LocalStoreWrite write)
    {
        if (write.Refused is null)
        {
            // Nothing waits for this: a start finishes what a crash leaves.
            foreach (var draft in write.Drafts)
            {
                directory.Publish(draft.Blob);
            }
        }

        write.Finish();
    }
}
