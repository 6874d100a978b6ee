using System.Diagnostics;
using Gateway.Providers.Contract;
using Gateway.Providers.Local;
using Gateway.Providers.Tests.Translation;
using Microsoft.Data.Sqlite;

namespace Gateway.Providers.Tests.Local;

public sealed class LocalRecoveryTests
{
    [Fact]
    public async Task Bytes_that_do_not_match_are_kept_in_lost_and_the_rest_is_whole()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var whole = await place.UploadAsync(container, "whole", "whole");
        var before = place.Blobs;
        var missing = await place.UploadAsync(container, "missing", "missing");
        var missingBlob = place.Blobs.Except(before).Single();
        before = place.Blobs;
        var cut = await place.UploadAsync(container, "cut", "cut");
        var cutBlob = place.Blobs.Except(before).Single();
        await place.RestartAsync(() =>
        {
            File.WriteAllText(Path.Combine(place.Root, "tmp", "stray"), "half");
            File.WriteAllText(Path.Combine(place.Root, "files", "orphan"), "never acknowledged");
            File.Delete(missingBlob);
            File.WriteAllText(cutBlob, "c");
        });

        Assert.Equal(new LocalRecovery(StrayUploads: 1, OrphanBlobs: 2, LostFiles: 2), place.Store.Recovered);
        Assert.Equal("whole", await place.TextAsync(container, whole));
        Assert.Equal(404, (await place.ErrorAsync(Operation.ContainerFileRetrieve, container, missing)).Status);
        Assert.Equal(404, (await place.ErrorAsync(Operation.ContainerFileRetrieve, container, cut)).Status);
        Assert.Single(place.Blobs);
        Assert.Empty(place.Tmp);
        Assert.Equal(5, await place.FileBytesAsync());
        Assert.Equal("never acknowledged", File.ReadAllText(Path.Combine(place.Root, "lost", "orphan")));
        Assert.Equal("c", File.ReadAllText(Path.Combine(place.Root, "lost", Path.GetFileName(cutBlob))));
        Assert.Contains("/mnt/data/missing", File.ReadAllText(Path.Combine(place.Root, "lost", "rows.jsonl")), StringComparison.Ordinal);
        Assert.Contains("2 of 3 files have no bytes, 2 of 3 stored bytes have no file", Assert.Single(place.Warnings), StringComparison.Ordinal);
        await place.RestartAsync();
        Assert.Equal(new LocalRecovery(0, 0, 0), place.Store.Recovered);
    }

    [Fact]
    public async Task Acknowledged_write_is_in_the_files_of_a_process_killed_now()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var file = await place.UploadAsync(container, "a", "text");
        var half = new PacedStream();
        var upload = place.AskAsync(Operation.ContainerFileCreate, container, body: new CallBody.NewFile(new TestUpload(half)));
        await half.AskedAsync();
        half.Send(new byte[1000]);
        await half.AskedAsync();

        // The directory as it is at this moment, with nothing closed: what the next process would find.
        var copy = Directory.CreateTempSubdirectory("gateway-local-");
        foreach (var path in Directory.GetFiles(place.Root, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != "lock"))
        {
            var target = Path.Combine(copy.FullName, Path.GetRelativePath(place.Data, path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            CopyShared(path, target);
        }

        await using (var next = new LocalPlace(data: copy.FullName))
        {
            Assert.Equal(new LocalRecovery(StrayUploads: 1, OrphanBlobs: 0, LostFiles: 0), next.Store.Recovered);
            Assert.Equal("text", await next.TextAsync(container, file));
            Assert.Equal(4, await next.FileBytesAsync());
        }

        half.End();
        await upload;
    }

    [Fact]
    public async Task Local_directory_has_one_owner()
    {
        await using var place = new LocalPlace();
        var error = Assert.Throws<InvalidOperationException>(place.Open);
        Assert.Contains("in use by another gateway", error.Message, StringComparison.Ordinal);
        var container = await place.CreateAsync();
        await place.RestartAsync();
        Assert.Equal("running", await place.StatusAsync(container));
    }

    [Fact]
    public async Task A_directory_in_use_by_another_process_is_refused()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs flock");
        await using var place = new LocalPlace();
        await place.Provider.DisposeAsync();
        using var other = Process.Start(new ProcessStartInfo("flock", [Path.Combine(place.Root, "lock"), "cat"])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        await other.StandardInput.WriteLineAsync("taken");
        await other.StandardInput.FlushAsync();
        Assert.Equal("taken", await other.StandardOutput.ReadLineAsync());
        Assert.Throws<InvalidOperationException>(place.Open);
        other.StandardInput.Close();
        await other.WaitForExitAsync();
        await place.RestartAsync();
    }

    [Fact]
    public async Task Local_store_with_a_newer_schema_is_refused_and_left_alone()
    {
        await using var place = new LocalPlace();
        void SetVersion(int version)
        {
            using var connection = new SqliteConnection($"Data Source={Path.Combine(place.Root, "local.db")};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA user_version = {version}";
            command.ExecuteNonQuery();
        }

        await place.Provider.DisposeAsync();
        SetVersion(99);
        Assert.Contains("newer", Assert.Throws<InvalidOperationException>(place.Open).Message, StringComparison.Ordinal);

        // The refusal has let go of the directory.
        await place.RestartAsync(() => SetVersion(3));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_with_a_sentence()
    {
        await using var place = new LocalPlace();
        await place.RestartAsync(() =>
        {
            var path = Path.Combine(place.Root, "local.db");
            var good = File.ReadAllBytes(path);
            File.WriteAllText(path, new string('x', 5000));
            Assert.Contains("cannot be opened", Assert.Throws<InvalidOperationException>(place.Open).Message, StringComparison.Ordinal);
            File.WriteAllBytes(path, good);
        });
    }

    [Fact]
    public async Task Local_directory_is_closed_to_other_users()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no modes");
        await using var place = new LocalPlace();
        await place.UploadAsync(await place.CreateAsync(), "a", "text");
        Assert.All(
            new[] { place.Root, Path.Combine(place.Root, "files"), Path.Combine(place.Root, "tmp") },
            path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, new DirectoryInfo(path).UnixFileMode));
        Assert.All(
            Directory.GetFiles(place.Root, "*", SearchOption.AllDirectories),
            path => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(path).UnixFileMode));
        Assert.True(File.Exists(Path.Combine(place.Root, "local.db-wal")));
    }

    [Fact]
    public async Task Disposing_the_local_store_twice_is_fine_and_late_calls_are_told()
    {
        await using var place = new LocalPlace();
        await place.Provider.DisposeAsync();
        await place.Provider.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => place.AskAsync(Operation.ContainerList));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => place.AskAsync(
            Operation.ContainerCreate, body: new CallBody.NewContainer(new ContainerSpec { Name = "n" }, default)));
    }

    private static void CopyShared(string from, string to)
    {
        // Past the advisory locks .NET would honour: the copy stands for what is on the disk.
        using var copy = Process.Start("cp", [from, to]);
        copy.WaitForExit();
        Assert.Equal(0, copy.ExitCode);
    }
}
