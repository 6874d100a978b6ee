using System.Collections.Immutable;
using Gateway.Sqlite;
using Microsoft.Data.Sqlite;

namespace Gateway.Ledger;

/// <summary>
/// Entries in one SQLite file, which several processes may share. A file that cannot be used is renamed, and an empty one takes its place: that costs
/// searches, never a wrong answer. Writing and reading have threads of their own, so that none of the pool waits for the disk.
/// </summary>
internal sealed class SqliteLedgerStore : ILedgerStore
{
    private const int PrunePortion = 1000;
    private const long MaxBytesChecked = 64L << 20;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS entries (
          id TEXT NOT NULL, provider TEXT NOT NULL, account TEXT NOT NULL, created_at INTEGER NOT NULL, tenant TEXT,
          touched_ms INTEGER NOT NULL, deleted_ms INTEGER NOT NULL, PRIMARY KEY (id, provider)) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS entries_by_time ON entries (provider, account, created_at, id) WHERE created_at > 0;
        CREATE INDEX IF NOT EXISTS entries_by_touch ON entries (touched_ms);
        CREATE INDEX IF NOT EXISTS entries_deleted ON entries (deleted_ms) WHERE deleted_ms > 0;
        """;

    /// <summary>
    /// The place comes first: of two lower bounds SQLite seeks with the first and walks to the second. The other one is what makes the index fit.
    /// </summary>
    internal const string After = $"""
        SELECT {SqliteLedgerRows.Columns} FROM entries WHERE provider = $1 AND account = $2 AND created_at > $3 AND created_at > 0
        ORDER BY created_at, id
        """;

    internal const string Before = $"""
        SELECT {SqliteLedgerRows.Columns} FROM entries WHERE provider = $1 AND account = $2 AND created_at > 0 AND created_at < $3
        ORDER BY created_at DESC, id DESC
        """;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly SqliteOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DiskThreads _thread = new("ledger", threads: 1, capacity: 4096);
    private readonly Lock _opening = new();
    private volatile SqliteDatabase? _database;
    private Action? _renewed;
    private bool _suspect;
    private volatile bool _reported;
    private bool _closed;

    /// <summary>Opens or creates the file. When that fails, it is tried again with every write.</summary>
    public SqliteLedgerStore(string path, TimeProvider time, ILogger<SqliteLedgerStore> logger)
    {
        _options = new SqliteOptions
        {
            Path = path, Migrations = [Schema, SqliteAdoptions.Schema], LockTimeout = TimeSpan.FromMilliseconds(500), IsDurable = false,
        };
        _time = time;
        _logger = logger;
        Open();
    }

    /// <inheritdoc/>
    public TimeSpan RewriteAfter => TimeSpan.FromDays(1);

    /// <summary>Where the file is read.</summary>
    internal DiskThreads ReadThreads { get; } = new("ledger reads", threads: Math.Max(4, Environment.ProcessorCount), capacity: 4096);

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public void WhenRenewed(Action callback) => _renewed = callback;

    /// <inheritdoc/>
    public async ValueTask<ImmutableArray<LedgerRow>> ReadAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var (reached, rows) = await ReadAsync(
            session => (List<LedgerRow>)[.. ids.SelectMany(id => session.Query(
                $"SELECT {SqliteLedgerRows.Columns} FROM entries WHERE id = $1", SqliteLedgerRows.Read, id))],
            cancellationToken);
        return reached ? [.. rows!] : default;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> AdoptAsync(Adoption adoption, CancellationToken cancellationToken)
    {
        var now = NowMs;
        return await CommitAsync(session => SqliteAdoptions.Write(session, adoption, now));
    }

    /// <inheritdoc/>
    public async ValueTask<AdoptedContainers?> AdoptedAsync(string? known, CancellationToken cancellationToken) =>
        (await ReadAsync(session => SqliteAdoptions.Read(session, known), cancellationToken)).Result;

    /// <inheritdoc/>
    public ValueTask<(bool Reached, LedgerRow? Row)> NearestAsync(LedgerPosition position, CancellationToken cancellationToken)
    {
        var now = NowMs;
        return ReadAsync(
            session => session.Find(
                position.Descending ? After : Before, SqliteLedgerRows.Read, row => row.IsKnown(now),
                position.Provider, position.Account, position.CreatedAt),
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<int> WriteAsync(IReadOnlyList<LedgerChange> changes)
    {
        var written = await CommitAsync(session =>
        {
            foreach (var change in changes)
            {
                SqliteLedgerRows.Apply(session, change);
            }
        });
        return written ? changes.Count : 0;
    }

    /// <inheritdoc/>
    public async ValueTask PruneAsync(CancellationToken cancellationToken)
    {
        // In portions, so that no write waits long for its turn.
        var now = NowMs;
        var more = true;
        while (more && !cancellationToken.IsCancellationRequested)
        {
            more = false;
            await CommitAsync(session => more =
                Delete(session, "deleted_ms > 0 AND deleted_ms < $1", now - (long)LedgerRow.TombstoneRetention.TotalMilliseconds)
                | Delete(session, "touched_ms < $1", now - (long)LedgerRow.Retention.TotalMilliseconds));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _thread.DisposeAsync();
        await ReadThreads.DisposeAsync();
        lock (_opening)
        {
            _closed = true;
            _database?.Dispose();
            _database = null;
        }
    }

    private static bool Delete(SqliteSession session, string condition, long beforeMs) =>
        session.Execute(
            $"DELETE FROM entries WHERE (id, provider) IN (SELECT id, provider FROM entries WHERE {condition} LIMIT {PrunePortion})",
            beforeMs) == PrunePortion;

    private async ValueTask<(bool Reached, T? Result)> ReadAsync<T>(Func<SqliteSession, T?> work, CancellationToken cancellationToken)
        where T : class
    {
        var database = _database;
        try
        {
            // A disk that hangs keeps the thread; the call goes on without what it would have said.
            return database is null
                ? default
                : (true, await database.ReadAsync(work, cancellationToken).AsTask().WaitAsync(s_patience, _time, cancellationToken));
        }
        catch (Exception failure) when (IsOurs(failure))
        {
            Failed(database!, failure);
            return default;
        }
    }

    private async ValueTask<bool> CommitAsync(Action<SqliteSession> work)
    {
        SqliteDatabase? database = null;
        try
        {
            await _thread.RunAsync(() => (database = _database ?? Open())?.Write(work));
            _reported &= database is null;
            return database is not null;
        }
        catch (Exception failure) when (IsOurs(failure))
        {
            Failed(database, failure);
            return false;
        }
    }

    // Closed means that another thread found the file damaged, or that the gateway ends.
    private static bool IsOurs(Exception failure) =>
        failure is SqliteException or DiskBusyException or TimeoutException or InvalidOperationException;

    private void Failed(SqliteDatabase? database, Exception reason)
    {
        if (reason is not SqliteException failure)
        {
            return;
        }

        lock (_opening)
        {
            if (!_reported)
            {
                _reported = true;
                _logger.DatabaseFailed(failure.SqliteExtendedErrorCode, failure.Message);
            }

            if (SqliteDatabase.IsDamage(failure) && _database == database)
            {
                _suspect = true;
                _database = null;
                database!.Dispose();
            }
        }
    }

    private SqliteDatabase? Open()
    {
        lock (_opening)
        {
            if (_closed || _database is not null)
            {
                return _database;
            }

            try
            {
                _database = OpenOrReplace();
                _suspect = false;
                _reported = false;
                _renewed?.Invoke();
            }
            catch (Exception failure) when (failure is SqliteException or IOException or UnauthorizedAccessException or UnusableDatabaseException)
            {
                if (!_reported)
                {
                    _reported = true;
                    _logger.LedgerNotOpened(_options.Path, failure.Message);
                }
            }

            return _database;
        }
    }

    private SqliteDatabase OpenOrReplace()
    {
        try
        {
            return SqliteDatabase.Open(_options, ReadThreads, session => Check(session, thorough: _suspect));
        }
        catch (UnusableDatabaseException unusable)
        {
            var path = _options.Path;
            var aside = $"{path}.{_time.GetUtcNow():yyyyMMddHHmmssfff}.bad";

            // The log first: one that is left behind would be applied to the new file.
            foreach (var suffix in new[] { "-wal", "-shm", "" })
            {
                if (File.Exists(path + suffix))
                {
                    File.Move(path + suffix, aside + suffix, overwrite: true);
                }
            }

            _logger.LedgerSetAside(path, unusable.Message, aside);
            return SqliteDatabase.Open(_options, ReadThreads, session => Check(session, thorough: false));
        }
    }

    // Reading a large file to its end would hold up the start; damage there shows when it is met.
    private void Check(SqliteSession session, bool thorough)
    {
        session.Run($"SELECT {SqliteLedgerRows.Columns} FROM entries LIMIT 0");
        if ((thorough || new FileInfo(_options.Path).Length <= MaxBytesChecked) && session.Scalar("PRAGMA quick_check(1)") is not "ok")
        {
            throw new UnusableDatabaseException("it is damaged");
        }
    }
}
