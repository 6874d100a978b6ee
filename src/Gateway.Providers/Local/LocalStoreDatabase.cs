using Gateway.Sqlite;
using Microsoft.Data.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>The rows of a store. What reads them does not wait for what writes.</summary>
internal sealed class LocalStoreDatabase(SqliteDatabase database, LocalStoreWriter writer) : IAsyncDisposable
{
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
        """;

    // Whose a container is. What was made before there were tenants is nobody's. Each index ends with seq, the key of its table, and so is in the
    // order of a list.
    private const string ThirdSchema = """
        ALTER TABLE containers ADD COLUMN tenant TEXT;
        ALTER TABLE tombstones ADD COLUMN tenant TEXT;
        CREATE INDEX containers_by_tenant ON containers (tenant, created_at);
        CREATE INDEX containers_by_tenant_and_name ON containers (tenant, name, created_at);
        """;

    /// <summary>Opens or creates the database. Throws <see cref="InvalidOperationException"/> when it cannot be used.</summary>
    public static SqliteDatabase Open(string path)
    {
        var options = new SqliteOptions
        {
            Path = path, Migrations = [Schema, SecondSchema, ThirdSchema], LockTimeout = TimeSpan.FromSeconds(5), IsDurable = true,
        };
        try
        {
            return SqliteDatabase.Open(options, new DiskThreads("local rows", threads: Math.Max(4, Environment.ProcessorCount), capacity: 4096));
        }
        catch (Exception unusable) when (unusable is SqliteException or UnusableDatabaseException)
        {
            throw new InvalidOperationException($"'{path}' cannot be opened: {unusable.Message}", unusable);
        }
    }

    /// <summary>Where rows are read: never behind bytes.</summary>
    public DiskThreads ReadThreads => database.ReadThreads;

    /// <summary>Reads what is committed.</summary>
    public ValueTask<T> ReadAsync<T>(Func<SqliteSession, T> work, CancellationToken cancellationToken) => database.ReadAsync(work, cancellationToken);

    /// <summary>
    /// Does <paramref name="work"/> as one change; see <see cref="LocalStoreWriter.CommitAsync"/> and <see cref="LocalStoreWrite"/>.
    /// </summary>
    public ValueTask<T> WriteAsync<T>(
        Func<SqliteSession, T> work, CancellationToken cancellationToken, IReadOnlyList<LocalStoreDraft>? drafts = null,
        Func<SqliteSession, IEnumerable<string>>? frees = null) =>
        writer.CommitAsync(new LocalStoreWrite<T>(work) { Drafts = drafts ?? [], Frees = frees }, cancellationToken);

    /// <summary>Ends when everything that was begun is committed.</summary>
    public async ValueTask DisposeAsync()
    {
        await ReadThreads.DisposeAsync();
        await writer.DisposeAsync();
        database.Dispose();
    }
}
