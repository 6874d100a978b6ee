using Gateway.Sqlite;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Gateway.Tests.Sqlite;

public sealed class SqliteDatabaseTests : IAsyncDisposable
{
    private static readonly TimeSpan s_hung = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("gateway-sqlite-");
    private readonly DiskThreads _threads = new("test", threads: 2, capacity: 2);

    private string File => System.IO.Path.Combine(_folder.FullName, "test.db");

    [Fact]
    public async Task Schema_is_brought_up_to_date_from_any_version_and_a_newer_one_is_refused()
    {
        const string First = "CREATE TABLE a (x INTEGER);";
        const string Second = "INSERT INTO a VALUES (2);";
        Open(First).Dispose();
        Open(First, Second).Dispose();
        using (var database = Open(First, Second))
        {
            Assert.Equal([2L], await database.ReadAsync(session => session.Query("SELECT x FROM a", row => row.GetInt64(0)), default));
        }

        var refused = Assert.Throws<UnusableDatabaseException>(() => Open(First));
        Assert.Equal("it was written by a newer gateway (schema 2, this one knows 1)", refused.Message);
        Open(First, Second).Dispose();
    }

    [Fact]
    public async Task Change_that_fails_leaves_nothing()
    {
        using var database = Open("CREATE TABLE a (x INTEGER UNIQUE);");
        database.Write(session => session.Execute("INSERT INTO a VALUES ($1)", 1));
        Assert.Throws<SqliteException>(() => database.Write(session =>
        {
            session.Execute("INSERT INTO a VALUES ($1)", 2);
            session.Execute("INSERT INTO a VALUES ($1)", 1);
        }));
        database.Write(session => session.Execute("INSERT INTO a VALUES ($1)", 3));
        Assert.Equal([1L, 3L], await database.ReadAsync(session => session.Query("SELECT x FROM a ORDER BY x", row => row.GetInt64(0)), default));
    }

    [Fact]
    public async Task Reads_never_block_their_caller_and_too_many_are_refused()
    {
        using var database = Open("CREATE TABLE a (x INTEGER);");
        using var go = new ManualResetEventSlim();
        using var began = new SemaphoreSlim(0);
        long Wait(SqliteSession session)
        {
            began.Release();
            go.Wait(s_hung);
            return session.Number("SELECT count(*) FROM a");
        }

        List<Task<long>> reads = [database.ReadAsync(Wait, default).AsTask(), database.ReadAsync(Wait, default).AsTask()];
        Assert.True(await began.WaitAsync(s_hung) && await began.WaitAsync(s_hung));
        reads.AddRange(Enumerable.Range(0, 2).Select(_ => database.ReadAsync(Wait, default).AsTask()));
        await Assert.ThrowsAsync<DiskBusyException>(async () => await database.ReadAsync(Wait, default));

        // Writing does not wait for those who read.
        database.Write(session => session.Execute("INSERT INTO a VALUES ($1)", 1));
        go.Set();
        Assert.All(await Task.WhenAll(reads).WaitAsync(s_hung), count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task Closed_database_refuses_and_lets_go_of_its_files_when_the_last_reader_is_done()
    {
        var database = Open("CREATE TABLE a (x INTEGER);");
        using var go = new ManualResetEventSlim();
        using var began = new SemaphoreSlim(0);
        var read = database.ReadAsync(
            session =>
            {
                began.Release();
                go.Wait(s_hung);
                return session.Number("SELECT count(*) FROM a");
            },
            default).AsTask();
        Assert.True(await began.WaitAsync(s_hung));
        database.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await database.ReadAsync(session => session.Number("SELECT 1"), default));
        Assert.Throws<ObjectDisposedException>(() => database.Write(_ => { }));
        go.Set();
        Assert.Equal(0, await read.WaitAsync(s_hung));

        // The last connection removes the log.
        Assert.Equal([File], _folder.GetFiles().Select(file => file.FullName));
    }

    public async ValueTask DisposeAsync()
    {
        await _threads.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    private SqliteDatabase Open(params string[] migrations) => SqliteDatabase.Open(
        new SqliteOptions { Path = File, Migrations = [.. migrations], LockTimeout = TimeSpan.FromSeconds(1), IsDurable = false }, _threads);
}
