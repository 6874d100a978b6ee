using System.Collections.Concurrent;
using Gateway.Fakes;
using Gateway.Ledger;
using Gateway.Providers.Contract;
using Gateway.Redis;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Gateway.Tests.Ledger;

/// <summary>
/// Ledgers over real stores, with a clock the test moves. Redis itself keeps the system's clock: its circuit waits for a real process.
/// </summary>
internal sealed class LedgerPlace : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _open = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("gateway-ledger-").FullName;

    private LedgerPlace(RedisServer? redis) => Redis = redis;

    public static CancellationToken Token => CancellationToken.None;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    public RedisServer? Redis { get; }

    public LinesLogger Log { get; } = new();

    public string Database => System.IO.Path.Combine(_folder, "ledger.db");

    public string[] SetAside => Directory.GetFiles(_folder, "*.bad");

    public static async Task<LedgerPlace> StartAsync(string store) => new(store == "redis" ? await RedisServer.StartAsync() : null);

    public static LedgerEntry Entry(
        string id, string provider = "openai", string account = "main", long createdAt = 100, string? tenant = null, bool deleted = false) =>
        new(id, provider, account, createdAt, tenant, deleted);

    /// <summary>A ledger of this place's store, as one gateway process would have it.</summary>
    public StoredLedger Open(int front = 100_000, int backlog = 20_000, bool journal = false)
    {
        var ledger = new StoredLedger(
            OpenStore(), Time, Log.For<StoredLedger>(), front, backlog,
            journal ? new OwnerJournal(System.IO.Path.Combine(_folder, "waiting.db"), Log.For<OwnerJournal>()) : null);
        _open.Insert(0, ledger);
        return ledger;
    }

    /// <summary>The store alone, as a program beside the gateway has it.</summary>
    public ILedgerStore OpenStore()
    {
        if (Redis is null)
        {
            return new SqliteLedgerStore(Database, Time, Log.For<SqliteLedgerStore>());
        }

        var connection = new RedisConnection(
            RedisAddress.Parse(new Secret(Redis.ConnectionString), RedisServer.Patience), RedisServer.Patience, TimeProvider.System,
            Log.For<RedisConnection>());
        _open.Insert(0, connection);
        return new RedisLedgerStore(connection, Time);
    }

    /// <summary>Ends a ledger in good order and opens the store anew, with nothing in memory.</summary>
    public async Task<StoredLedger> ReopenAsync(StoredLedger ledger)
    {
        await ledger.DisposeAsync();
        return Open();
    }

    public long Rows() => Sql("SELECT count(*) FROM entries");

    public long Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() as long? ?? 0;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _open)
        {
            await part.DisposeAsync();
        }

        if (Redis is not null)
        {
            await Redis.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>Keeps every line, with what exceptions would have shown.</summary>
internal sealed class LinesLogger
{
    private readonly ConcurrentQueue<(int Id, string Text)> _lines = new();

    public string[] Texts => [.. _lines.Select(line => line.Text)];

    public int[] Ids => [.. _lines.Select(line => line.Id)];

    public ILogger<T> For<T>() => new Typed<T>(_lines);

    private sealed class Typed<T>(ConcurrentQueue<(int Id, string Text)> lines) : ILogger<T>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue((eventId.Id, $"{formatter(state, exception)} {exception}"));
    }
}
