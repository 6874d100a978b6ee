using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Providers.Local;
using Gateway.Providers.Translation;
using Gateway.Providers.Tests.Translation;

namespace Gateway.Providers.Tests.Local;

public sealed class LocalQuotaTests
{
    private const int Mib = 1024 * 1024;
    private static readonly TimeSpan s_hung = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Refusal_by_the_quota_names_limit_and_use()
    {
        await using var place = new LocalPlace(new LocalOptions { MaxTotalSizeMb = 1 });
        var container = await place.CreateAsync();
        await place.UploadAsync(container, "a", new string('x', 1000));
        var used = place.Store.Quota.Used;
        var left = Mib - used - LocalRoom.OfRow("/mnt/data/b", "application/octet-stream");
        var error = await place.RefusedAsync(container, new TestUpload(new MemoryStream(new byte[left + 1])) { Name = "b" });
        Assert.Equal((ErrorKind.Caller, 413, "storage_quota_exceeded"), (error.Kind, error.Status, error.Code));
        Assert.Contains("1048576", error.Message, StringComparison.Ordinal);
        Assert.Equal(used, place.Store.Quota.Used);
        await place.UploadAsync(container, new TestUpload(new MemoryStream(new byte[left])) { Name = "b" });
        Assert.Equal(Mib, place.Store.Quota.Used);
        Assert.Equal(413, (await place.RefusedAsync(container, new TestUpload("") { Name = "empty" })).Status);
    }

    [Fact]
    public async Task Rows_and_names_count_against_the_quota_as_long_as_they_are_kept()
    {
        await using var place = new LocalPlace(new LocalOptions { MaxTotalSizeMb = 1 });
        var domains = Enumerable.Range(0, 600).Select(i => $"\"{i}{new string('d', 90)}\"");
        var policy = System.Text.Encoding.UTF8.GetBytes($$"""{"type":"allowlist","allowed_domains":[{{string.Join(',', domains)}}]}""");
        var made = new List<string>();
        Reply reply;
        while ((reply = await place.AskAsync(
            Operation.ContainerCreate, body: new CallBody.NewContainer(
                new ContainerSpec { Name = "n", NetworkPolicy = policy }, default))) is Reply.Json json)
        {
            made.Add(LocalPlace.Id(JsonDocument.Parse(json.Body).RootElement));
        }

        Assert.Equal(
            (413, "storage_quota_exceeded"), (Assert.IsType<Reply.Failed>(reply).Error.Status, Assert.IsType<Reply.Failed>(reply).Error.Code));
        Assert.InRange(made.Count, 10, 20);
        await place.UploadAsync(made[0], new string('p', 200), "text");
        await place.RestartAsync();
        Assert.Equal(4, await place.FileBytesAsync());
        foreach (var id in made)
        {
            await place.JsonAsync(Operation.ContainerDelete, id);
        }

        Assert.Equal(0, place.Store.Quota.Used);
    }

    [Fact]
    public async Task Concurrent_uploads_never_exceed_the_quota_together()
    {
        await using var place = new LocalPlace(new LocalOptions { MaxTotalSizeMb = 1 });
        var container = await place.CreateAsync();
        var uploads = Enumerable.Range(0, 12).Select(i => Task.Run(() => place.AskAsync(
            Operation.ContainerFileCreate, container,
            body: new CallBody.NewFile(new TestUpload(new MemoryStream(new byte[300_000])) { Name = $"{i}" }))));
        var replies = await Task.WhenAll(uploads);
        var stored = replies.OfType<Reply.Json>().Count();

        // Those that are refused together may leave room for one more, which then finds it.
        Assert.InRange(stored, 0, 3);
        Assert.All(replies.OfType<Reply.Failed>(), failed => Assert.Equal(413, failed.Error.Status));
        Assert.Equal(stored * 300_000, await place.FileBytesAsync());
        Assert.Equal(stored * 300_000, place.Blobs.Sum(blob => new FileInfo(blob).Length));
        Assert.Empty(place.Tmp);
        if (stored < 3)
        {
            await place.UploadAsync(container, new TestUpload(new MemoryStream(new byte[300_000])) { Name = "one more" });
        }
    }

    [Fact]
    public async Task A_length_that_cannot_fit_is_refused_before_the_first_byte_and_one_that_can_is_not_taken()
    {
        await using var place = new LocalPlace(new LocalOptions { MaxTotalSizeMb = 2 });
        var container = await place.CreateAsync();
        Assert.Equal(413, (await place.RefusedAsync(container, new TestUpload(new PacedStream()) { Length = 3 * Mib }).WaitAsync(s_hung)).Status);

        PacedStream[] idle = [new(), new()];
        var promised = idle.Select((body, i) => place.UploadAsync(container, new TestUpload(body) { Name = $"{i}", Length = 2 * Mib })).ToList();
        foreach (var body in idle)
        {
            await body.AskedAsync();
        }

        await place.UploadAsync(container, new TestUpload(new MemoryStream(new byte[Mib])) { Name = "whole", Length = Mib }).WaitAsync(s_hung);
        foreach (var body in idle)
        {
            body.Send(new byte[100]);
            body.End();
        }

        await Task.WhenAll(promised).WaitAsync(s_hung);
        Assert.Equal(Mib + 200, await place.FileBytesAsync());
    }

    [Fact]
    public async Task Quota_counts_the_bytes_that_a_restart_finds()
    {
        await using var place = new LocalPlace();
        await place.UploadAsync(await place.CreateAsync(), "a", "12345");
        await place.RestartAsync();
        Assert.Equal(5, await place.FileBytesAsync());
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
        Assert.True(TranslatedErrors.IsStorageFull(full));
        Assert.False(TranslatedErrors.IsStorageFull(new IOException("reset")));
        Assert.Equal(
            (ErrorKind.Capacity, 507, "storage_full", "server_error"),
            (
                TranslatedErrors.StorageFull.Kind, TranslatedErrors.StorageFull.Status, TranslatedErrors.StorageFull.Code,
                TranslatedErrors.StorageFull.Type));
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
