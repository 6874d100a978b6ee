using Gateway.Providers.Contract;
using Gateway.Providers.Local;
using Gateway.Providers.Sandbox;
using Gateway.Providers.Tests.Sandbox;

namespace Gateway.Providers.Tests.Local;

public sealed class LocalQuotaTests
{
    private const int Mib = 1024 * 1024;

    [Fact]
    public async Task The_refusal_names_limit_and_use()
    {
        await using var place = new LocalPlace(new LocalOptions { MaxTotalSizeMb = 1 });
        var container = await place.CreateAsync();
        await place.UploadAsync(container, "a", new string('x', 1000));
        var error = await place.RefusedAsync(container, new TestUpload(new MemoryStream(new byte[Mib - 999])) { Name = "b" });
        Assert.Equal((ErrorKind.Caller, 413, "storage_quota_exceeded"), (error.Kind, error.Status, error.Code));
        Assert.Contains("1048576", error.Message, StringComparison.Ordinal);
        Assert.Equal(1000, place.Store.Quota.Used);
        await place.UploadAsync(container, new TestUpload(new MemoryStream(new byte[Mib - 1000])) { Name = "b" });
        Assert.Equal(Mib, place.Store.Quota.Used);
        await place.UploadAsync(container, "empty", "");
    }

    [Fact]
    public async Task Concurrent_uploads_never_exceed_it_together()
    {
        await using var place = new LocalPlace(new LocalOptions { MaxTotalSizeMb = 1 });
        var container = await place.CreateAsync();
        var uploads = Enumerable.Range(0, 12).Select(i => Task.Run(() => place.AskAsync(
            Operation.ContainerFileCreate, container, body: new CallBody.NewFile(new TestUpload(new MemoryStream(new byte[300_000])) { Name = $"{i}" }))));
        var replies = await Task.WhenAll(uploads);
        var stored = replies.OfType<Reply.Json>().Count();

        // Those that are refused together may leave room for one more, which then finds it.
        Assert.InRange(stored, 0, 3);
        Assert.All(replies.OfType<Reply.Failed>(), failed => Assert.Equal(413, failed.Error.Status));
        Assert.Equal(stored * 300_000, place.Store.Quota.Used);
        Assert.Equal(stored * 300_000, place.Blobs.Sum(blob => new FileInfo(blob).Length));
        Assert.Empty(place.Tmp);
        if (stored < 3)
        {
            await place.UploadAsync(container, new TestUpload(new MemoryStream(new byte[300_000])) { Name = "one more" });
        }
    }

    [Fact]
    public async Task A_known_length_is_refused_before_the_first_byte_and_taken_before_it()
    {
        await using var place = new LocalPlace(new LocalOptions { MaxTotalSizeMb = 2 });
        var container = await place.CreateAsync();
        var unread = new PacedStream();
        Assert.Equal(413, (await place.RefusedAsync(container, new TestUpload(unread) { Length = 3 * Mib })).Status);

        var slow = new PacedStream();
        var first = place.UploadAsync(container, new TestUpload(slow) { Length = 2 * Mib });
        await slow.AskedAsync();
        Assert.Equal(413, (await place.RefusedAsync(container, new TestUpload(unread) { Length = Mib })).Status);
        slow.Send(new byte[100]);
        slow.End();
        await first;
        Assert.Equal(100, place.Store.Quota.Used);
    }

    [Fact]
    public async Task It_counts_what_a_restart_finds()
    {
        await using var place = new LocalPlace();
        await place.UploadAsync(await place.CreateAsync(), "a", "12345");
        await place.RestartAsync();
        Assert.Equal(5, place.Store.Quota.Used);
    }

    [Fact]
    public void A_full_disk_is_told_from_other_failures()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs /dev/full");
        var full = Assert.ThrowsAny<IOException>(() =>
        {
            using var stream = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            stream.Write(new byte[1]);
        });
        Assert.True(SandboxErrors.IsStorageFull(full));
        Assert.False(SandboxErrors.IsStorageFull(new IOException("reset")));
        Assert.Equal((ErrorKind.Capacity, 507, "storage_full", "server_error"), (SandboxErrors.StorageFull.Kind, SandboxErrors.StorageFull.Status, SandboxErrors.StorageFull.Code, SandboxErrors.StorageFull.Type));
    }

    [Fact]
    public async Task A_full_disk_is_answered_507_and_leaves_nothing()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var body = new PacedStream();
        body.End(new IOException("No space left on device", 28));
        var error = await place.RefusedAsync(container, new TestUpload(body));
        Assert.Equal((507, "storage_full"), (error.Status, error.Code));
        Assert.Empty(place.Tmp);
    }
}
