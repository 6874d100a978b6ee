using Gateway.Sqlite;
using Microsoft.Data.Sqlite;

namespace Gateway.Ledger;

/// <summary>
/// Owners that the shared store has yet to be told, on this machine's disk: a tenant's container stays the tenant's when the process ends before the
/// store is back. The file is made when it is first needed.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="logger">Hears when it cannot be written; the owners are in memory all the same.</param>
internal sealed class OwnerJournal(string path, ILogger<OwnerJournal> logger) : IAsyncDisposable
{
    /// <summary>Most rows read at once.</summary>
    private const int Portion = 1000;

    private const string Schema = """
        CREATE TABLE IF NOT EXISTS waiting (
          id TEXT NOT NULL, provider TEXT NOT NULL, account TEXT NOT NULL, created_at INTEGER NOT NULL, tenant TEXT NOT NULL,
          touched_ms INTEGER NOT NULL, PRIMARY KEY (id, provider)) STRICT, WITHOUT ROWID;
        """;

    private readonly DiskThreads _thread = new("waiting owners", threads: 1, capacity: 4096);
    private readonly DiskThreads _reads = new("waiting owners read", threads: 1, capacity: 16);
    private SqliteDatabase? _database;
    private int _isEmpty;

    /// <summary>Whether nothing waits, so that nothing needs to be removed.</summary>
    public bool IsEmpty => Volatile.Read(ref _isEmpty) != 0 || !File.Exists(path);

    /// <summary>Adds rows; they are on the disk when it returns, or the log says that they are not.</summary>
    public async ValueTask AddAsync(IReadOnlyList<LedgerRow> rows)
    {
        Volatile.Write(ref _isEmpty, 0);
        await RunAsync(session =>
        {
            foreach (var row in rows)
            {
                // Who was told as the owner first stays it.
                session.Execute(
                    "INSERT INTO waiting VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
                    row.Entry.Id, row.Entry.Provider, row.Entry.Account, row.Entry.CreatedAt, row.Entry.Tenant, row.TouchedAtMs);
            }
        });
    }

    /// <summary>Removes rows that the store has.</summary>
    public ValueTask RemoveAsync(IReadOnlyList<LedgerRow> rows) => RunAsync(session =>
    {
        foreach (var row in rows)
        {
            session.Execute("DELETE FROM waiting WHERE id = $1 AND provider = $2", row.Entry.Id, row.Entry.Provider);
        }
    });

    /// <summary>Some of the rows that wait. Blocks, but for the usual case that none does.</summary>
    public IReadOnlyList<LedgerRow> Read()
    {
        if (IsEmpty)
        {
            return [];
        }

        List<LedgerRow> rows = [];
        try
        {
            Open().Write(session => rows = session.Query(
                $"SELECT id, provider, account, created_at, tenant, touched_ms FROM waiting LIMIT {Portion}",
                row => new LedgerRow(
                    new LedgerEntry(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetString(4), Deleted: false),
                    row.GetInt64(5), 0)));
            Volatile.Write(ref _isEmpty, rows.Count == 0 ? 1 : 0);
        }
        catch (Exception failure) when (failure is SqliteException or IOException or UnauthorizedAccessException or UnusableDatabaseException)
        {
            logger.OwnersNotKept(failure.Message);
        }

        return rows;
    }

    public async ValueTask DisposeAsync()
    {
        await _thread.DisposeAsync();
        await _reads.DisposeAsync();
        _database?.Dispose();
    }

    private async ValueTask RunAsync(Action<SqliteSession> work)
    {
        try
        {
            await _thread.RunAsync(() => Open().Write(work));
        }
        catch (Exception failure)
            when (failure is SqliteException or IOException or UnauthorizedAccessException or UnusableDatabaseException or DiskBusyException)
        {
            logger.OwnersNotKept(failure.Message);
        }
    }

    private SqliteDatabase Open()
    {
        lock (_thread)
        {
            return _database ??= SqliteDatabase.Open(
                new SqliteOptions { Path = path, Migrations = [Schema], LockTimeout = TimeSpan.FromSeconds(1), IsDurable = true }, _reads);
        }
    }
}
