using System.Globalization;
using System.Runtime.Versioning;
using Gateway.Fakes;
using Gateway.Ledger;
using Microsoft.Data.Sqlite;
using Xunit;
using static Gateway.Tests.Ledger.LedgerPlace;

namespace Gateway.Tests.Ledger;

/// <summary>What only the store in a file has to promise.</summary>
public sealed class SqliteLedgerTests
{
    [Fact]
    public async Task Ledger_file_that_is_no_database_is_set_aside()
    {
        await using var place = await StartAsync("sqlite");
        await File.WriteAllTextAsync(place.Database, new string('x', 20_000));
        await File.WriteAllTextAsync(place.Database + "-wal", "left behind");
        await WorksAfterSettingAsideAsync(place);
        Assert.StartsWith("xxx", await File.ReadAllTextAsync(Assert.Single(place.SetAside)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PRAGMA user_version = 99")]
    [InlineData("DROP TABLE entries; CREATE TABLE entries (id TEXT)")]
    public async Task Ledger_of_a_newer_version_or_another_program_is_set_aside(string change)
    {
        await using var place = await StartAsync("sqlite");
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1")], Token);
        await ledger.DisposeAsync();
        place.Sql(change);
        await WorksAfterSettingAsideAsync(place);
    }

    [Fact]
    public async Task Ledger_file_damaged_while_in_use_is_replaced()
    {
        await using var place = await StartAsync("sqlite");
        var ledger = place.Open();
        await ledger.RememberAsync([.. Enumerable.Range(0, 5000).Select(i => Entry($"cntr_{i:d5}", createdAt: i + 1))], Token);
        ledger = await place.ReopenAsync(ledger);
        await using (var file = new FileStream(place.Database, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.Position = 4096;
            await file.WriteAsync(Enumerable.Repeat((byte)0xAA, (int)file.Length - 4096).ToArray());
        }

        Assert.Empty(await ledger.FindAsync("cntr_00042", Token));
        Assert.Null(await ledger.NearestAsync("openai", "main", 10, descending: true, Token));
        await ledger.RememberAsync([Entry("cntr_00042")], Token);
        await ledger.FlushAsync(Token);

        Assert.Equal(LedgerState.Ok, ledger.Health.State);
        Assert.NotEmpty(place.SetAside);
        Assert.Equal(1, place.Rows());
        Assert.Equal([Entry("cntr_00042")], await ledger.FindAsync("cntr_00042", Token));
    }

    [Fact]
    public async Task Ledger_works_in_memory_until_its_directory_exists()
    {
        await using var place = await StartAsync("sqlite");
        var folder = System.IO.Path.GetDirectoryName(place.Database)!;
        Directory.Delete(folder);
        await File.WriteAllTextAsync(folder, "in the way");
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1", createdAt: 5), Entry("cntr_2", createdAt: 6)], Token);
        await ledger.FlushAsync(Token);

        Assert.Equal(LedgerState.Degraded, ledger.Health.State);
        Assert.Equal([Entry("cntr_1", createdAt: 5)], await ledger.FindAsync("cntr_1", Token));
        Assert.Equal("cntr_2", (await ledger.NearestAsync("openai", "main", 5, descending: true, Token))?.Id);
        Assert.Empty(await ledger.FindAsync("cntr_3", Token));

        File.Delete(folder);
        await ledger.FlushAsync(Token);
        Assert.Equal(LedgerState.Ok, ledger.Health.State);
        Assert.Equal(2, place.Rows());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [UnsupportedOSPlatform("windows")]
    public async Task Ledger_and_its_directory_are_closed_to_other_users_of_the_machine(bool before)
    {
        await using var place = await StartAsync("sqlite");
        var folder = System.IO.Path.GetDirectoryName(place.Database)!;
        var others = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        if (before)
        {
            // As an older gateway left them behind.
            await place.Open().DisposeAsync();
            File.SetUnixFileMode(place.Database, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
        }

        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | others);
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1")], Token);
        await ledger.FlushAsync(Token);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder));
        Assert.Equal(3, Directory.GetFiles(folder).Length);
        Assert.All(Directory.GetFiles(folder), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task Ledger_entry_that_has_not_changed_is_not_written_again_for_a_day()
    {
        await using var place = await StartAsync("sqlite");
        var ledger = place.Open();
        var first = place.Time.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(first, await TouchedAsync());
        place.Time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(first, await TouchedAsync());
        place.Time.Advance(TimeSpan.FromHours(23));
        Assert.Equal(place.Time.GetUtcNow().ToUnixTimeMilliseconds(), await TouchedAsync());

        async Task<long> TouchedAsync()
        {
            await ledger.RememberAsync([Entry("cntr_1")], Token);
            await ledger.FlushAsync(Token);
            return place.Sql("SELECT touched_ms FROM entries");
        }
    }

    [Fact]
    public async Task Id_that_is_often_asked_for_does_not_touch_the_database()
    {
        await using var place = await StartAsync("sqlite");
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_1")], Token);
        await ledger.FlushAsync(Token);
        await ledger.FindAsync("cntr_1", Token);
        place.Sql("DELETE FROM entries");
        Assert.Equal([Entry("cntr_1")], await ledger.FindAsync("cntr_1", Token));

        place.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Empty(await ledger.FindAsync("cntr_1", Token));
    }

    [Fact]
    public async Task Ledger_entries_go_ninety_days_after_the_last_touch_and_tombstones_after_one()
    {
        await using var place = await StartAsync("sqlite");
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("old"), Entry("used"), Entry("gone")], Token);
        await ledger.ForgetAsync("gone", "openai", Token);
        await ledger.FlushAsync(Token);

        place.Time.Advance(TimeSpan.FromHours(25));
        await Until.TrueAsync(() => place.Rows() == 2, "The rows stay.");
        place.Time.Advance(TimeSpan.FromDays(80));
        await ledger.FindAsync("used", Token);
        await ledger.FlushAsync(Token);
        place.Time.Advance(TimeSpan.FromDays(9));
        await Until.TrueAsync(() => place.Rows() == 1, "The rows stay.");
        Assert.Equal([Entry("used")], await ledger.FindAsync("used", Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Nearest_list_place_is_found_behind_any_number_that_do_not_count(bool descending)
    {
        await using var place = await StartAsync("sqlite");
        var store = new SqliteLedgerStore(place.Database, place.Time, place.Log.For<SqliteLedgerStore>());
        await using var closing = store;
        var position = new LedgerPosition("openai", "main", descending ? 0 : 201, descending);
        foreach (var skipped in new[] { 0, 1, 7, 8, 9, 63, 64, 72, 199, 200 })
        {
            // Tombstones whose day is over, not pruned yet.
            var rows = Enumerable.Range(1, 200).Select(number =>
                LedgerRow.Of(Entry($"cntr_{number:000}", createdAt: number, deleted: descending ? number <= skipped : number > 200 - skipped), 1));
            Assert.Equal(200, await store.WriteAsync([.. rows.Select(row => new LedgerChange(row.Entry.Id, row.Entry.Provider, row, 1))]));
            var (reached, row) = await store.NearestAsync(position, Token);
            Assert.True(reached);
            Assert.Equal(skipped == 200 ? null : $"cntr_{(descending ? skipped + 1 : 200 - skipped):000}", row?.Entry.Id);
        }
    }

    /// <summary>SQLite counts the steps of its machine: a seek is a few dozen, a walk through the account's rows is many thousand.</summary>
    [Theory]
    [InlineData(SqliteLedgerStore.After)]
    [InlineData(SqliteLedgerStore.Before)]
    public async Task List_place_is_sought_and_not_walked_to(string sql)
    {
        await using var place = await StartAsync("sqlite");
        await using (var store = new SqliteLedgerStore(place.Database, place.Time, place.Log.For<SqliteLedgerStore>()))
        {
            var rows = Enumerable.Range(1, 10_000).Select(number => LedgerRow.Of(Entry($"cntr_{number:00000}", createdAt: number), 1));
            await store.WriteAsync([.. rows.Select(row => new LedgerChange(row.Entry.Id, row.Entry.Provider, row, 1))]);
        }

        using var connection = new SqliteConnection($"Data Source={place.Database};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.Parameters.AddWithValue("$1", "openai");
        command.Parameters.AddWithValue("$2", "main");
        command.Parameters.AddWithValue("$3", 5_000);
        SQLitePCL.raw.sqlite3_progress_handler(connection.Handle, 1_000, _ => 1, null);
        using (var reader = command.ExecuteReader())
        {
            Assert.True(reader.Read());
        }
    }

    [Fact]
    public async Task Entry_that_a_locked_file_does_not_take_waits_in_memory_and_holds_up_one_call_only()
    {
        await using var place = await StartAsync("sqlite");
        var ledger = place.Open();
        await ledger.RememberAsync([Entry("cntr_0", createdAt: 5)], Token);
        using var other = new SqliteConnection($"Data Source={place.Database};Pooling=False");
        other.Open();
        var transaction = other.BeginTransaction();
        await ledger.RememberAsync([Entry("cntr_1", createdAt: 6)], Token);
        for (var i = 2; i < 100; i++)
        {
            Assert.True(ledger.RememberAsync([Entry($"cntr_{i}", createdAt: 5 + i)], Token).AsTask().IsCompleted);
        }

        Assert.True(ledger.ForgetAsync("cntr_0", "openai", Token).AsTask().IsCompleted);
        Assert.Equal(100, ledger.Pending);
        Assert.Equal(LedgerState.Degraded, ledger.Health.State);
        Assert.Equal([Entry("cntr_0", createdAt: 5, deleted: true)], await ledger.FindAsync("cntr_0", Token));
        Assert.Equal([Entry("cntr_1", createdAt: 6)], await ledger.FindAsync("cntr_1", Token));
        Assert.True((await ledger.NearestAsync("openai", "main", 1, descending: true, Token))!.Deleted);
        Assert.Equal("cntr_99", (await ledger.NearestAsync("openai", "main", 1000, descending: false, Token))?.Id);

        transaction.Rollback();
        await ledger.FlushAsync(Token);
        Assert.Equal((0, LedgerState.Ok), (ledger.Pending, ledger.Health.State));
        Assert.Equal(100, place.Rows());

        // The file counts again, also where this process knew better for a while.
        place.Sql("DELETE FROM entries WHERE id = 'cntr_1'");
        place.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Empty(await ledger.FindAsync("cntr_1", Token));
        Assert.True(Assert.Single(await place.Open().FindAsync("cntr_0", Token)).Deleted);
    }

    [Fact]
    public async Task Disk_that_does_not_answer_holds_a_call_up_for_a_second_and_no_thread_of_the_pool()
    {
        await using var place = await StartAsync("sqlite");
        var store = new SqliteLedgerStore(place.Database, place.Time, place.Log.For<SqliteLedgerStore>());
        await using var closing = store;
        using var goes = new ManualResetEventSlim();
        using var began = new CountdownEvent(store.ReadThreads.MaxThreads);
        void Hang()
        {
            began.Signal();
            goes.Wait(Until.Hung);
        }

        var hung = Enumerable.Range(0, began.InitialCount).Select(_ => store.ReadThreads.RunAsync(Hang).AsTask()).ToList();
        Assert.True(began.Wait(Until.Hung));

        var row = store.ReadAsync(["cntr_1"], Token).AsTask();
        var nearest = store.NearestAsync(new LedgerPosition("openai", "main", 1, Descending: true), Token).AsTask();
        Assert.False(row.IsCompleted || nearest.IsCompleted);
        place.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.True((await row.WaitAsync(Until.Hung)).IsDefault);
        Assert.False((await nearest.WaitAsync(Until.Hung)).Reached);

        goes.Set();
        await Task.WhenAll(hung).WaitAsync(Until.Hung);
        Assert.Empty(await store.ReadAsync(["cntr_1"], Token));
    }

    [Fact]
    public void Memory_in_front_of_the_ledger_is_bounded_and_keeps_what_is_asked_for()
    {
        var front = new LedgerFront(160);
        front.Put(LedgerRow.Of(Entry("hot"), 1));
        for (var i = 0; i < 5000; i++)
        {
            front.Put(LedgerRow.Of(Entry(i.ToString(CultureInfo.InvariantCulture)), 1));
            Assert.NotNull(front.Look("hot").Of("openai"));
        }

        Assert.InRange(front.Count, 100, 160);
    }

    private static async Task WorksAfterSettingAsideAsync(LedgerPlace place)
    {
        var ledger = place.Open();
        Assert.Empty(await ledger.FindAsync("cntr_1", Token));
        Assert.NotEmpty(place.SetAside);
        Assert.Contains(1203, place.Log.Ids);
        await ledger.RememberAsync([Entry("cntr_1")], Token);
        ledger = await place.ReopenAsync(ledger);
        Assert.Equal([Entry("cntr_1")], await ledger.FindAsync("cntr_1", Token));
        Assert.Equal(LedgerState.Ok, ledger.Health.State);
    }
}
