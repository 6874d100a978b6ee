using Gateway.Providers.Contract;
using Gateway.Providers.Local;
using Microsoft.Data.Sqlite;

namespace Gateway.Providers.Tests.Local;

/// <summary>A start deletes nothing that it cannot explain.</summary>
public sealed class LocalLossTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public async Task A_start_without_the_stored_bytes_is_refused_until_they_are_back(int files)
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var ids = await FillAsync(place, container, "a", files);
        var (stored, away) = (Path.Combine(place.Root, "files"), Path.Combine(place.Data, "away"));
        await place.RestartAsync(() =>
        {
            Directory.Move(stored, away);
            for (var i = 0; i < 2; i++)
            {
                var refused = Assert.Throws<InvalidOperationException>(place.Open);
                Assert.Contains($"{files} of {files} files have no bytes", refused.Message, StringComparison.Ordinal);
                Assert.Contains("accept-losses", refused.Message, StringComparison.Ordinal);
            }

            Directory.Move(away, stored);
        });
        Assert.Equal(new LocalRecovery(0, 0, 0), place.Store.Recovered);
        Assert.All(
            await Task.WhenAll(ids.Select(id => place.TextAsync(container, id))), text => Assert.StartsWith("a", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20)]
    public async Task A_start_without_the_database_is_refused_and_goes_on_when_told_to_with_the_bytes_in_lost(int files)
    {
        await using var place = new LocalPlace();
        await FillAsync(place, await place.CreateAsync(), "a", files);
        var names = place.Blobs.Select(Path.GetFileName).ToHashSet();
        await place.RestartAsync(() =>
        {
            File.Delete(Path.Combine(place.Root, "local.db"));
            for (var i = 0; i < 2; i++)
            {
                Assert.Contains(
                    $"{files} of {files} stored bytes have no file", Assert.Throws<InvalidOperationException>(place.Open).Message,
                    StringComparison.Ordinal);
                Assert.Equal(files, place.Blobs.Length);
            }

            File.WriteAllText(Path.Combine(place.Root, "accept-losses"), "");
        });
        Assert.Equal(new LocalRecovery(0, files, 0), place.Store.Recovered);
        Assert.Contains("lost/", Assert.Single(place.Warnings), StringComparison.Ordinal);
        Assert.Equal(names, Directory.GetFiles(Path.Combine(place.Root, "lost")).Select(Path.GetFileName).ToHashSet());
        Assert.False(File.Exists(Path.Combine(place.Root, "accept-losses")));
        await FillAsync(place, await place.CreateAsync(), "b", 1);
    }

    [Fact]
    public async Task An_older_database_is_refused_and_what_it_does_not_know_is_kept_when_told_to()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var old = await FillAsync(place, container, "old", 12);
        var database = Path.Combine(place.Root, "local.db");
        await place.RestartAsync(() => File.Copy(database, database + ".backup"));
        foreach (var id in old.Take(10))
        {
            await place.JsonAsync(Operation.ContainerFileDelete, container, id);
        }

        await FillAsync(place, container, "new", 12);
        await place.RestartAsync(() =>
        {
            File.Move(database + ".backup", database, overwrite: true);
            Assert.Contains(
                "10 of 12 files have no bytes, 12 of 14 stored bytes have no file", Assert.Throws<InvalidOperationException>(place.Open).Message,
                StringComparison.Ordinal);
            Assert.Equal(14, place.Blobs.Length);
            File.WriteAllText(Path.Combine(place.Root, "accept-losses"), "");
        });
        Assert.Equal(new LocalRecovery(0, 12, 10), place.Store.Recovered);
        Assert.Equal(13, Directory.GetFiles(Path.Combine(place.Root, "lost")).Length);
        Assert.Equal(10, File.ReadAllLines(Path.Combine(place.Root, "lost", "rows.jsonl")).Length);
        Assert.Equal(2, place.Blobs.Length);
    }

    [Fact]
    public async Task Bytes_that_a_crash_leaves_are_explained_however_many_they_are()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var ids = await FillAsync(place, container, "a", 30);
        await place.RestartAsync(() =>
        {
            // Committed and not moved yet; removed and not gone yet; emptied for a full disk before its row went.
            var blobs = place.Blobs;
            Array.ForEach(blobs[..10], blob => File.Move(blob, Path.Combine(place.Root, "tmp", Path.GetFileName(blob))));
            using var connection = new SqliteConnection($"Data Source={Path.Combine(place.Root, "local.db")};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "INSERT INTO removals SELECT blob FROM files WHERE blob = $1; DELETE FROM files WHERE blob = $1";
            var blob = command.Parameters.Add("$1", SqliteType.Text);
            foreach (var removed in blobs[10..20])
            {
                blob.Value = Path.GetFileName(removed);
                command.ExecuteNonQuery();
            }

            Array.ForEach(blobs[20..], emptied => File.WriteAllText(emptied, ""));
        });
        Assert.Equal(new LocalRecovery(0, 0, 0), place.Store.Recovered);
        Assert.Empty(place.Warnings);
        Assert.Empty(place.Tmp);
        Assert.Equal(10, place.Blobs.Length);
        var left = await Task.WhenAll(ids.Select(id => place.AskAsync(Operation.ContainerFileContent, container, id)));
        Assert.Equal(10, left.OfType<Reply.Content>().Count());
        await place.RestartAsync();
        Assert.Equal(new LocalRecovery(0, 0, 0), place.Store.Recovered);
    }

    private static async Task<List<string>> FillAsync(LocalPlace place, string container, string name, int files)
    {
        var ids = new List<string>();
        for (var i = 0; i < files; i++)
        {
            ids.Add(await place.UploadAsync(container, $"{name}-{i}", $"{name} {i}"));
        }

        return ids;
    }
}
