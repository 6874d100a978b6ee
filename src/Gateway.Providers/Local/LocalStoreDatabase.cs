using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>The database: one writer at a time, any number of readers that never wait for it (WAL).</summary>
internal sealed class LocalStoreDatabase : IAsyncDisposable
{
    private const int SchemaVersion = 1;

    // seq orders objects of one second, and AUTOINCREMENT never gives one twice: a cursor stays a position after its object is gone.
    private const string Schema = """
        CREATE TABLE containers (
          seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, created_at INTEGER NOT NULL,
          last_active_ms INTEGER NOT NULL, idle_minutes INTEGER NOT NULL, memory_limit TEXT NOT NULL, network_policy TEXT, metadata TEXT,
          expired_at_ms INTEGER) STRICT;
        CREATE INDEX containers_by_time ON containers (created_at);
        CREATE INDEX containers_by_name ON containers (name, created_at);
        CREATE INDEX containers_running ON containers (seq) WHERE expired_at_ms IS NULL;
        CREATE INDEX containers_expired ON containers (expired_at_ms) WHERE expired_at_ms IS NOT NULL;
        CREATE TABLE files (
          seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, container_seq INTEGER NOT NULL REFERENCES containers (seq),
          path TEXT NOT NULL, bytes INTEGER NOT NULL, created_at INTEGER NOT NULL, content_type TEXT NOT NULL, sha256 TEXT NOT NULL,
          blob TEXT NOT NULL UNIQUE, UNIQUE (container_seq, path)) STRICT;
        CREATE INDEX files_by_time ON files (container_seq, created_at);
        CREATE TABLE tombstones (
          id TEXT PRIMARY KEY, container_seq INTEGER NOT NULL, created_at INTEGER NOT NULL, seq INTEGER NOT NULL,
          deleted_at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX tombstones_by_time ON tombstones (deleted_at_ms);
        PRAGMA user_version = 1;
        """;

    private readonly string _path;
    private readonly LocalStoreSession _writer;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConcurrentStack<LocalStoreSession> _readers = [];
    private readonly int _maxReadersKept = Math.Max(8, Environment.ProcessorCount * 2);
    private int _readersOpen;
    private volatile bool _closed;

    private LocalStoreDatabase(string path, LocalStoreSession writer)
    {
        _path = path;
        _writer = writer;
    }

    /// <summary>Opens or creates the database. Throws <see cref="InvalidOperationException"/> when it cannot be used.</summary>
    public static LocalStoreDatabase Open(string path)
    {
        LocalStoreSession? writer = null;
        try
        {
            writer = LocalStoreSession.Open(path);
            writer.Run("PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864;");
            var version = writer.Number("PRAGMA user_version");
            if (version > SchemaVersion)
            {
                throw new InvalidOperationException(
                    $"'{path}' was written by a newer gateway (schema {version}, this one knows {SchemaVersion}). Use that version.");
            }

            if (version == 0)
            {
                writer.Run($"BEGIN IMMEDIATE; {Schema} COMMIT;");
            }

            return new LocalStoreDatabase(path, writer);
        }
        catch (SqliteException broken)
        {
            writer?.Dispose();
            throw new InvalidOperationException($"'{path}' cannot be opened: {broken.Message}", broken);
        }
        catch
        {
            writer?.Dispose();
            throw;
        }
    }

    /// <summary>Reads what is committed.</summary>
    public T Read<T>(Func<LocalStoreSession, T> work)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        LocalStoreSession? session = TakeReader();
        try
        {
            var result = work(session);
            ReturnReader(ref session);
            return result;
        }
        finally
        {
            if (session is not null)
            {
                Interlocked.Decrement(ref _readersOpen);
                session.Dispose();
            }
        }
    }

    /// <summary>
    /// Does <paramref name="work"/> in one transaction. When this returns it is on the disk; when it throws nothing has happened. The token
    /// ends the wait for a turn, never the work.
    /// </summary>
    public async ValueTask<T> WriteAsync<T>(Func<LocalStoreSession, T> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            return InTransaction(work);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Like <see cref="WriteAsync"/>, while opening and nobody else is there.</summary>
    public T WriteFirst<T>(Func<LocalStoreSession, T> work) => InTransaction(work);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _turn.WaitAsync();
        try
        {
            Close();
        }
        finally
        {
            // Not disposed: a late writer shall find the database closed, not a broken semaphore.
            _turn.Release();
        }
    }

    /// <summary>Like <see cref="DisposeAsync"/>, when opening fails half way and nobody else is there.</summary>
    public void Close()
    {
        _closed = true;
        while (_readers.TryPop(out var reader))
        {
            reader.Dispose();
        }

        _writer.Dispose();
    }

    private LocalStoreSession TakeReader()
    {
        if (_readers.TryPop(out var session))
        {
            return session;
        }

        session = LocalStoreSession.Open(_path);
        Interlocked.Increment(ref _readersOpen);
        return session;
    }

    private void ReturnReader(ref LocalStoreSession? session)
    {
        // A burst may open many; those beyond what the processors can use are not kept.
        if (!_closed && Volatile.Read(ref _readersOpen) <= _maxReadersKept)
        {
            _readers.Push(session!);
            session = null;
        }
    }

    private T InTransaction<T>(Func<LocalStoreSession, T> work)
    {
        _writer.Execute("BEGIN IMMEDIATE");
        try
        {
            var result = work(_writer);
            _writer.Execute("COMMIT");
            return result;
        }
        catch
        {
            RollBack();
            throw;
        }
    }

    private void RollBack()
    {
        try
        {
            _writer.Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself already, as it does on a full disk.
        }
    }
}
