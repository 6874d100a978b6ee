using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>The database: one writer at a time, any number of readers that never wait for it (WAL).</summary>
internal sealed class LocalStoreDatabase : IAsyncDisposable
{
    private const int SchemaVersion = 2;

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
        """;

    // Bytes that are deleted, until they are gone.
    private const string SecondSchema = """
        CREATE TABLE removals (blob TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
        PRAGMA user_version = 2;
        """;

    private readonly string _path;
    private readonly LocalStoreWriter _writer;
    private readonly ConcurrentStack<LocalStoreSession> _readers = [];
    private readonly int _maxReadersKept = Math.Max(8, Environment.ProcessorCount * 2);
    private int _readersOpen;
    private volatile bool _closed;

    /// <summary>Takes over the writer's session.</summary>
    public LocalStoreDatabase(string path, LocalStoreWriter writer)
    {
        _path = path;
        _writer = writer;
    }

    /// <summary>
    /// Opens or creates the database and returns the session that writes. Throws <see cref="InvalidOperationException"/> when it cannot be used.
    /// </summary>
    public static LocalStoreSession OpenWriter(string path)
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

            if (version < SchemaVersion)
            {
                writer.Run($"BEGIN IMMEDIATE; {(version == 0 ? Schema : "")} {SecondSchema} COMMIT;");
            }

            return writer;
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
    /// Does <paramref name="work"/> as one change; see <see cref="LocalStoreWriter.CommitAsync"/> and <see cref="LocalStoreWrite"/>.
    /// </summary>
    public ValueTask<T> WriteAsync<T>(
        Func<LocalStoreSession, T> work, CancellationToken cancellationToken, IReadOnlyList<LocalStoreDraft>? drafts = null,
        Func<LocalStoreSession, IEnumerable<string>>? frees = null) =>
        _writer.CommitAsync(new LocalStoreWrite<T>(work) { Drafts = drafts ?? [], Frees = frees }, cancellationToken);

    /// <summary>Ends when everything that was begun is committed.</summary>
    public async ValueTask DisposeAsync()
    {
        _closed = true;
        while (_readers.TryPop(out var reader))
        {
            reader.Dispose();
        }

        await _writer.DisposeAsync();
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
}
