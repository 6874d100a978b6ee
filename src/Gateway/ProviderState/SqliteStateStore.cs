using System.Text;
using Gateway.Sqlite;
using Microsoft.Data.Sqlite;

namespace Gateway.ProviderState;

/// <summary>
/// State in <c>state.db</c> of the data directory, which is made with the first value. Keys are bytes, so that their order is the same everywhere.
/// </summary>
internal sealed class SqliteStateStore(string path, TimeProvider time) : IStateStore, IAsyncDisposable
{
    private const string Schema = """
        CREATE TABLE state (
          provider TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, until_ms INTEGER NOT NULL, PRIMARY KEY (provider, key)) WITHOUT ROWID;
        CREATE INDEX state_until ON state (until_ms);
        """;

    private const string Upsert = """
        INSERT INTO state VALUES ($1, $2, $3, $4)
        ON CONFLICT (provider, key) DO UPDATE SET value = excluded.value, until_ms = excluded.until_ms
        """;

    private const string List = """
        SELECT key, value FROM state WHERE provider = $1 AND key >= $2 AND substr(key, 1, length($2)) = $2 AND until_ms > $3
        ORDER BY key LIMIT $4
        """;

    /// <summary>In portions, so that no write takes long.</summary>
    private const string Prune = "DELETE FROM state WHERE (provider, key) IN (SELECT provider, key FROM state WHERE until_ms <= $1 LIMIT 1000)";

    private readonly DiskThreads _threads = new("state", threads: 1, capacity: 1024);
    private SqliteDatabase? _database;

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    public async ValueTask<ReadOnlyMemory<byte>?> FindAsync(string provider, string key, CancellationToken cancellationToken) => await RunAsync(
        database => database.Writer.Find(
            "SELECT value FROM state WHERE provider = $1 AND key = $2 AND until_ms > $3",
            row => row.GetFieldValue<byte[]>(0), provider, Bytes(key), NowMs),
        cancellationToken) is { } value ? value : default(ReadOnlyMemory<byte>?);

    public async ValueTask SetAsync(string provider, string key, ReadOnlyMemory<byte> value, TimeSpan keptFor, CancellationToken cancellationToken) =>
        await RunAsync(
            database =>
            {
                database.Write(session =>
                {
                    session.Execute(Upsert, provider, Bytes(key), value.ToArray(), NowMs + (long)keptFor.TotalMilliseconds);
                    session.Execute(Prune, NowMs);
                });
                return true;
            },
            cancellationToken);

    public async ValueTask RemoveAsync(string provider, string key, CancellationToken cancellationToken) => await RunAsync(
        database =>
        {
            database.Write(session => session.Execute("DELETE FROM state WHERE provider = $1 AND key = $2", provider, Bytes(key)));
            return true;
        },
        cancellationToken);

    public async ValueTask<IReadOnlyList<KeyValuePair<string, ReadOnlyMemory<byte>>>> ListAsync(
        string provider, string prefix, int limit, CancellationToken cancellationToken) => await RunAsync(
        database => database.Writer.Query(
            List,
            row => KeyValuePair.Create(
                Encoding.UTF8.GetString(row.GetFieldValue<byte[]>(0)), (ReadOnlyMemory<byte>)row.GetFieldValue<byte[]>(1)),
            provider, Bytes(prefix), NowMs, limit),
        cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _threads.DisposeAsync();
        _database?.Dispose();
    }

    private static byte[] Bytes(string key) => Encoding.UTF8.GetBytes(key);

    /// <summary>Values are small and rare: one thread reads and writes, with one session.</summary>
    private async ValueTask<T> RunAsync<T>(Func<SqliteDatabase, T> work, CancellationToken cancellationToken)
    {
        try
        {
            return await _threads.RunAsync(() => work(_database ??= Open()), cancellationToken);
        }
        catch (Exception failure) when (failure is SqliteException or UnusableDatabaseException or DiskBusyException or ObjectDisposedException
            or IOException or UnauthorizedAccessException)
        {
            throw ScopedState.Unavailable(failure);
        }
    }

    private SqliteDatabase Open() => SqliteDatabase.Open(
        new SqliteOptions { Path = path, Migrations = [Schema], LockTimeout = TimeSpan.FromSeconds(5), IsDurable = true }, _threads);
}
