using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Gateway.Sqlite;

/// <summary>The file exists and is no database this gateway can use: it is damaged, foreign, or a newer gateway's.</summary>
public sealed class UnusableDatabaseException(string reason, Exception? cause = null) : Exception(reason, cause);

/// <summary>A database file: one writer at a time, any number of readers that never wait for it (WAL).</summary>
public sealed class SqliteDatabase : IDisposable
{
    private readonly SqliteOptions _options;
    private readonly Lock _writing = new();
    private readonly ConcurrentBag<SqliteSession> _readers = [];
    private volatile bool _closed;

    private SqliteDatabase(SqliteOptions options, SqliteSession writer, DiskThreads readThreads)
    {
        _options = options;
        Writer = writer;
        ReadThreads = readThreads;
    }

    /// <summary>The session that writes; for one thread at a time.</summary>
    public SqliteSession Writer { get; }

    /// <summary>Where it is read. They are their owner's, who ends them before the database.</summary>
    public DiskThreads ReadThreads { get; }

    /// <summary>Opens or creates the file, and brings its schema up to date.</summary>
    /// <param name="options">Which, and how.</param>
    /// <param name="readThreads">Where it is read, with one session for each at most.</param>
    /// <param name="check">Looks at what has been opened; throws when it cannot be used.</param>
    /// <exception cref="UnusableDatabaseException">It cannot be used as it is.</exception>
    /// <exception cref="SqliteException">It cannot be opened now.</exception>
    public static SqliteDatabase Open(SqliteOptions options, DiskThreads readThreads, Action<SqliteSession>? check = null)
    {
        SqliteSession? writer = null;
        try
        {
            PrivateFiles.CloseDirectory(Path.GetDirectoryName(options.Path)!);
            PrivateFiles.CloseDatabase(options.Path);
            writer = SqliteSession.Open(options);
            writer.Run("PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 67108864;");
            Migrate(writer, options);
            check?.Invoke(writer);
            return new SqliteDatabase(options, writer, readThreads);
        }
        catch (SqliteException broken) when (IsDamage(broken) || broken.SqliteErrorCode == SQLitePCL.raw.SQLITE_ERROR)
        {
            writer?.Dispose();
            throw new UnusableDatabaseException(broken.Message, broken);
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

    /// <summary>Reads what is committed, on one of the threads for that. The token ends the wait for a turn, never work that has begun.</summary>
    /// <exception cref="DiskBusyException">Too much waits already.</exception>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public ValueTask<T> ReadAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken) =>
        ReadThreads.RunAsync(() => Read(work), cancellationToken);

    /// <summary>Does <paramref name="work"/> in one transaction; when this throws nothing has happened. Blocks.</summary>
    public void Write(Action<SqliteSession> work)
    {
        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            try
            {
                Writer.Execute("BEGIN IMMEDIATE");
                work(Writer);
                Writer.Execute("COMMIT");
            }
            catch
            {
                Writer.RollBack();
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
            Writer.Dispose();
        }
    }

    private static void Migrate(SqliteSession writer, SqliteOptions options)
    {
        // Looked at within the transaction: another process may be at it, too.
        writer.Run("BEGIN IMMEDIATE");
        var version = (int)writer.Number("PRAGMA user_version");
        if (version > options.Migrations.Length)
        {
            throw new UnusableDatabaseException($"it was written by a newer gateway (schema {version}, this one knows {options.Migrations.Length})");
        }

        for (; version < options.Migrations.Length; version++)
        {
            writer.Run($"{options.Migrations[version]} PRAGMA user_version = {version + 1};");
        }

        writer.Run("COMMIT");
    }

    private T Read<T>(Func<SqliteSession, T> work)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        var session = _readers.TryTake(out var kept) ? kept : SqliteSession.Open(_options);
        var isSound = true;
        try
        {
            return work(session);
        }
        catch (SqliteException)
        {
            isSound = false;
            throw;
        }
        finally
        {
            if (isSound)
            {
                _readers.Add(session);
            }
            else
            {
                session.Dispose();
            }

            if (_closed)
            {
                DisposeReaders();
            }
        }
    }

    private void DisposeReaders()
    {
        while (_readers.TryTake(out var reader))
        {
            reader.Dispose();
        }
    }
}
