using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Gateway.Ledger;

/// <summary>The file exists and is no ledger this gateway can use.</summary>
internal sealed class UnusableLedgerException(string reason) : Exception(reason);

/// <summary>The database file: one writer at a time, any number of readers that never wait for it (WAL).</summary>
internal sealed class LedgerDatabase : IDisposable
{
    private const long MaxBytesChecked = 64L << 20;

    /// <summary>What leads from each version of the schema (<c>user_version</c>) to the next, beginning with an empty file.</summary>
    private static readonly string[] s_migrations =
    [
        """
        CREATE TABLE IF NOT EXISTS entries (
          id TEXT NOT NULL, provider TEXT NOT NULL, account TEXT NOT NULL, created_at INTEGER NOT NULL, tenant TEXT,
          touched_ms INTEGER NOT NULL, deleted_ms INTEGER NOT NULL, PRIMARY KEY (id, provider)) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS entries_by_time ON entries (provider, account, created_at, id) WHERE created_at > 0;
        CREATE INDEX IF NOT EXISTS entries_by_touch ON entries (touched_ms);
        CREATE INDEX IF NOT EXISTS entries_deleted ON entries (deleted_ms) WHERE deleted_ms > 0;
        """,
    ];

    private readonly string _path;
    private readonly LedgerSession _writer;
    private readonly Lock _writing = new();
    private readonly ConcurrentBag<LedgerSession> _readers = [];
    private readonly int _maxReadersKept = Math.Max(4, Environment.ProcessorCount * 2);
    private volatile bool _closed;

    private LedgerDatabase(string path, LedgerSession writer)
    {
        _path = path;
        _writer = writer;
    }

    /// <summary>Opens or creates the file.</summary>
    /// <exception cref="UnusableLedgerException">It is damaged, foreign, or a newer gateway's.</exception>
    /// <exception cref="SqliteException">It cannot be opened now.</exception>
    public static LedgerDatabase Open(string path, bool suspect)
    {
        LedgerSession? writer = null;
        try
        {
            PrivateFiles.CloseDirectory(System.IO.Path.GetDirectoryName(path)!);
            PrivateFiles.CloseDatabase(path);
            var bytes = new FileInfo(path).Length;
            writer = LedgerSession.Open(path);
            writer.Run("PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864;");
            Migrate(writer);
            writer.Run("SELECT id, provider, account, created_at, tenant, touched_ms, deleted_ms FROM entries LIMIT 0");

            // Reading a large file to its end would hold up the start; damage there shows when it is met.
            if ((suspect || bytes <= MaxBytesChecked) && writer.Scalar("PRAGMA quick_check(1)") is not "ok")
            {
                throw new UnusableLedgerException("it is damaged");
            }

            return new LedgerDatabase(path, writer);
        }
        catch (SqliteException broken) when (IsDamage(broken) || broken.SqliteErrorCode == SQLitePCL.raw.SQLITE_ERROR)
        {
            writer?.Dispose();
            throw new UnusableLedgerException(broken.Message);
        }
        catch
        {
            writer?.Dispose();
            throw;
        }
    }

    /// <summary>Whether the failure says that the file itself is broken.</summary>
    public static bool IsDamage(SqliteException failure) =>
        failure.SqliteErrorCode is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB;

    /// <summary>Reads what is committed.</summary>
    public T Read<T>(Func<LedgerSession, T> work)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        var session = _readers.TryTake(out var kept) ? kept : LedgerSession.Open(_path);
        var sound = false;
        try
        {
            var result = work(session);
            sound = true;
            return result;
        }
        finally
        {
            if (sound && !_closed && _readers.Count < _maxReadersKept)
            {
                _readers.Add(session);
                if (_closed)
                {
                    DisposeReaders();
                }
            }
            else
            {
                session.Dispose();
            }
        }
    }

    /// <summary>Does <paramref name="work"/> in one transaction; when this throws nothing has happened.</summary>
    public void Write(Action<LedgerSession> work)
    {
        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _writer.Execute("BEGIN IMMEDIATE");
            try
            {
                work(_writer);
                _writer.Execute("COMMIT");
            }
            catch
            {
                RollBack();
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_writing)
        {
            _closed = true;
            DisposeReaders();
            _writer.Dispose();
        }
    }

    private static void Migrate(LedgerSession writer)
    {
        // Looked at within the transaction: another process may be at it, too.
        writer.Run("BEGIN IMMEDIATE");
        var version = (long)writer.Scalar("PRAGMA user_version")!;
        if (version > s_migrations.Length)
        {
            throw new UnusableLedgerException("it was written by a newer gateway");
        }

        for (; version < s_migrations.Length; version++)
        {
            writer.Run($"{s_migrations[version]} PRAGMA user_version = {version + 1};");
        }

        writer.Run("COMMIT");
    }

    private void DisposeReaders()
    {
        while (_readers.TryTake(out var reader))
        {
            reader.Dispose();
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
