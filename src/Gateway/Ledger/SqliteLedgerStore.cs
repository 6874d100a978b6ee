using System.Collections.Immutable;
using Gateway.Providers.Disk;
using Microsoft.Data.Sqlite;

namespace Gateway.Ledger;

/// <summary>
/// Entries in one SQLite file, which several processes may share. A file that cannot be used is renamed, and an empty one takes its place: that costs
/// searches, never a wrong answer. Writing has a thread of its own, so that none of the pool waits for the disk.
/// </summary>
internal sealed class SqliteLedgerStore : ILedgerStore
{
    private const int PrunePortion = 1000;

    private const string Columns = "id, provider, account, created_at, tenant, touched_ms, deleted_ms";

    private const string Upsert = $"""
        INSERT INTO entries ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (id, provider) DO UPDATE SET account = excluded.account, created_at = excluded.created_at, tenant = excluded.tenant,
          touched_ms = excluded.touched_ms, deleted_ms = excluded.deleted_ms
        WHERE account IS NOT excluded.account OR created_at IS NOT excluded.created_at OR tenant IS NOT excluded.tenant
          OR (deleted_ms > 0) IS NOT (excluded.deleted_ms > 0) OR touched_ms < excluded.touched_ms - $8
        """;

    /// <summary>
    /// The place comes first: of two lower bounds SQLite seeks with the first and walks to the second. The other one is what makes the index fit.
    /// </summary>
    internal const string After = $"""
        SELECT {Columns} FROM entries WHERE provider = $1 AND account = $2 AND created_at > $3 AND created_at > 0
        ORDER BY created_at, id
        """;

    internal const string Before = $"""
        SELECT {Columns} FROM entries WHERE provider = $1 AND account = $2 AND created_at > 0 AND created_at < $3
        ORDER BY created_at DESC, id DESC
        """;

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DiskThreads _thread = new("ledger", threads: 1, capacity: 4096);
    private readonly Lock _opening = new();
    private volatile LedgerDatabase? _database;
    private Action? _renewed;
    private bool _suspect;
    private volatile bool _reported;
    private bool _closed;

    /// <summary>Opens or creates the file. When that fails, it is tried again with every write.</summary>
    public SqliteLedgerStore(string path, TimeProvider time, ILogger<SqliteLedgerStore> logger)
    {
        _path = path;
        _time = time;
        _logger = logger;
        Open();
    }

    /// <inheritdoc/>
    public TimeSpan RewriteAfter => TimeSpan.FromDays(1);

    private long NowMs => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <inheritdoc/>
    public void WhenRenewed(Action callback) => _renewed = callback;

    /// <inheritdoc/>
    public ValueTask<ImmutableArray<LedgerRow>> ReadAsync(string id, CancellationToken cancellationToken)
    {
        var rows = ImmutableArray.CreateBuilder<LedgerRow>();
        var reached = Attempt(_database, database => database.Read(session =>
        {
            session.Query($"SELECT {Columns} FROM entries WHERE id = $1", reader => Take(rows.Add, Row(reader)), id);
            return true;
        }));
        return ValueTask.FromResult(reached ? rows.DrainToImmutable() : default);
    }

    /// <inheritdoc/>
    public ValueTask<(bool Reached, LedgerRow? Row)> NearestAsync(LedgerPosition position, CancellationToken cancellationToken)
    {
        LedgerRow? nearest = null;
        var now = NowMs;
        var reached = Attempt(_database, database => database.Read(session =>
        {
            session.Query(
                position.Descending ? After : Before,
                reader =>
                {
                    var row = Row(reader);
                    nearest = row.IsKnown(now) ? row : null;
                    return nearest is null;
                },
                position.Provider,
                position.Account,
                position.CreatedAt);
            return true;
        }));
        return ValueTask.FromResult((reached, nearest));
    }

    /// <inheritdoc/>
    public async Task<int> WriteAsync(IReadOnlyList<LedgerChange> changes)
    {
        var written = await CommitAsync(session =>
        {
            foreach (var change in changes)
            {
                Apply(session, change);
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
        lock (_opening)
        {
            _closed = true;
            _database?.Dispose();
            _database = null;
        }
    }

    private static void Apply(LedgerSession session, LedgerChange change)
    {
        if (change.Row is { Entry: var entry } row)
        {
            session.Execute(
                Upsert, entry.Id, entry.Provider, entry.Account, entry.CreatedAt, entry.Tenant, row.TouchedAtMs, row.DeletedAtMs,
                (long)TimeSpan.FromHours(1).TotalMilliseconds);
        }
        else
        {
            session.Execute(
                "UPDATE entries SET deleted_ms = $3, touched_ms = $3 WHERE id = $1 AND provider = $2 AND deleted_ms = 0",
                change.Id, change.Provider, change.AtMs);
        }
    }

    private static bool Delete(LedgerSession session, string condition, long beforeMs) =>
        session.Execute(
            $"DELETE FROM entries WHERE (id, provider) IN (SELECT id, provider FROM entries WHERE {condition} LIMIT {PrunePortion})",
            beforeMs) == PrunePortion;

    private static LedgerRow Row(SqliteDataReader reader) => new(
        new LedgerEntry(
            reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3), reader.IsDBNull(4) ? null : reader.GetString(4),
            reader.GetInt64(6) > 0),
        reader.GetInt64(5),
        reader.GetInt64(6));

    private static bool Take(Action<LedgerRow> add, LedgerRow row)
    {
        add(row);
        return true;
    }

    private async ValueTask<bool> CommitAsync(Action<LedgerSession> work)
    {
        try
        {
            return await _thread.RunAsync(() => Commit(work));
        }
        catch (Exception refused) when (refused is DiskBusyException or ObjectDisposedException)
        {
            return false;
        }
    }

    private bool Commit(Action<LedgerSession> work)
    {
        var written = Attempt(_database ?? Open(), database =>
        {
            database.Write(work);
            return true;
        });
        _reported &= !written;
        return written;
    }

    private bool Attempt(LedgerDatabase? database, Func<LedgerDatabase, bool> work)
    {
        try
        {
            return database is not null && work(database);
        }
        catch (SqliteException failure)
        {
            Failed(database!, failure);
            return false;
        }
        catch (InvalidOperationException)
        {
            // Closed: another thread found the file damaged, or the gateway ends.
            return false;
        }
    }

    private void Failed(LedgerDatabase database, SqliteException failure)
    {
        lock (_opening)
        {
            if (!_reported)
            {
                _reported = true;
                _logger.DatabaseFailed(failure.SqliteExtendedErrorCode, failure.Message);
            }

            if (LedgerDatabase.IsDamage(failure) && _database == database)
            {
                _suspect = true;
                _database = null;
                database.Dispose();
            }
        }
    }

    private LedgerDatabase? Open()
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
            catch (Exception failure) when (failure is SqliteException or IOException or UnauthorizedAccessException or UnusableLedgerException)
            {
                if (!_reported)
                {
                    _reported = true;
                    _logger.LedgerNotOpened(_path, failure.Message);
                }
            }

            return _database;
        }
    }

    private LedgerDatabase OpenOrReplace()
    {
        try
        {
            return LedgerDatabase.Open(_path, _suspect);
        }
        catch (UnusableLedgerException unusable)
        {
            var aside = $"{_path}.{_time.GetUtcNow():yyyyMMddHHmmssfff}.bad";

            // The log first: one that is left behind would be applied to the new file.
            foreach (var suffix in new[] { "-wal", "-shm", "" })
            {
                if (File.Exists(_path + suffix))
                {
                    File.Move(_path + suffix, aside + suffix, overwrite: true);
                }
            }

            _logger.LedgerSetAside(_path, unusable.Message, aside);
            return LedgerDatabase.Open(_path, suspect: false);
        }
    }
}
