using Microsoft.Data.Sqlite;

namespace Gateway.Sqlite;

/// <summary>A connection with its prepared statements; used by one thread at a time. SQLite has no asynchronous I/O: keep statements short.</summary>
public sealed class SqliteSession : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteCommand> _prepared = new(StringComparer.Ordinal);

    private SqliteSession(SqliteConnection connection) => _connection = connection;

    /// <summary>Opens a connection.</summary>
    public static SqliteSession Open(SqliteOptions options)
    {
        // The library's own pool would lose the prepared statements and keep files open after the end.
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = options.Path, Pooling = false, DefaultTimeout = (int)Math.Ceiling(options.LockTimeout.TotalSeconds), ForeignKeys = true,
        };
        var session = new SqliteSession(new SqliteConnection(settings.ConnectionString));
        try
        {
            session._connection.Open();
            session.Run($"PRAGMA busy_timeout = {(int)options.LockTimeout.TotalMilliseconds};");
            session.Run(options.IsDurable ? "PRAGMA synchronous = FULL;" : "PRAGMA synchronous = NORMAL;");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Runs statements without parameters, once.</summary>
    public void Run(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>Runs a statement whose parameters are <c>$1</c>, <c>$2</c>, …</summary>
    /// <returns>Rows changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<object?> values) => Bind(sql, values).ExecuteNonQuery();

    /// <summary>The first column of the first row.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<object?> values) => Bind(sql, values).ExecuteScalar();

    /// <summary>The first column of the first row, or 0.</summary>
    public long Number(string sql, params ReadOnlySpan<object?> values) => Scalar(sql, values) as long? ?? 0;

    /// <summary>The first row, or null.</summary>
    public T? Find<T>(string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<object?> values)
        where T : class =>
        Read(Bind(sql, values), map).FirstOrDefault();

    /// <summary>The first row that is asked for, or null. The rows behind it are not read.</summary>
    public T? Find<T>(string sql, Func<SqliteDataReader, T> map, Func<T, bool> wanted, params ReadOnlySpan<object?> values)
        where T : class =>
        Read(Bind(sql, values), map).FirstOrDefault(wanted);

    /// <summary>All rows.</summary>
    public List<T> Query<T>(string sql, Func<SqliteDataReader, T> map, params ReadOnlySpan<object?> values) => [.. Read(Bind(sql, values), map)];

    /// <summary>Ends a transaction that failed.</summary>
    public void RollBack()
    {
        try
        {
            Execute("ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has rolled back by itself already, as it does on a full disk, or nothing had begun.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var command in _prepared.Values)
        {
            command.Dispose();
        }

        _connection.Dispose();
    }

    private static IEnumerable<T> Read<T>(SqliteCommand command, Func<SqliteDataReader, T> map)
    {
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return map(reader);
        }
    }

    private SqliteCommand Bind(string sql, ReadOnlySpan<object?> values)
    {
        if (!_prepared.TryGetValue(sql, out var command))
        {
            command = _connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = $"${i + 1}";
                command.Parameters.Add(parameter);
            }

            _prepared.Add(sql, command);
        }

        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return command;
    }
}
