using Gateway.Providers.Contract;
using Gateway.Providers.Local;
using Gateway.Providers.Tests.Translation;

namespace Gateway.Providers.Tests.Local;

/// <summary>On a full disk nothing new is taken, and what is there can always be read and deleted.</summary>
public sealed class LocalFullDiskTests
{
    [Fact]
    public async Task A_full_disk_can_be_emptied_by_deletes_and_by_expiry_whoever_filled_it()
    {
        using var disk = new SmallDisk();
        await using (var place = new LocalPlace(new LocalOptions { Disk = disk }, data: Path.Combine(disk.Root, "data")))
        {
            var empty = await place.CreateAsync("empty");
            var doomed = await place.CreateAsync("doomed");
            var expiring = await place.CreateAsync("expiring");
            var kept = await place.UploadAsync(doomed, "kept", "text");
            var error = await FillAsync(place, doomed, expiring);
            Assert.Equal((507, "storage_full"), (error.Status, error.Code));
            error = await place.RefusedAsync(new ContainerSpec { Name = "x" });
            Assert.Equal((507, "storage_full"), (error.Status, error.Code));
            Assert.True(place.Provider.Disk.IsFull);
            Assert.Contains(place.Warnings, warning => warning.Contains("storage_full", StringComparison.Ordinal));

            disk.Fill();
            Assert.Equal("text", await place.TextAsync(doomed, kept));
            await place.JsonAsync(Operation.ContainerDelete, empty);
            await place.JsonAsync(Operation.ContainerFileDelete, doomed, kept);
            disk.Fill();
            await place.JsonAsync(Operation.ContainerDelete, doomed);
            Assert.Equal(404, (await place.ErrorAsync(Operation.ContainerRetrieve, doomed)).Status);
            disk.Fill();
            place.Time.Advance(TimeSpan.FromMinutes(21));
            await LocalPlace.EventuallyAsync(() => place.Blobs.Length == 0);
            Assert.Equal("expired", await place.StatusAsync(expiring));
            Assert.Equal(0, await place.FileBytesAsync());

            disk.Unfill();
            place.Time.Advance(TimeSpan.FromSeconds(2));
            await LocalPlace.EventuallyAsync(() => !place.Provider.Disk.IsFull);
            Assert.Contains(place.Warnings, warning => warning.Contains("has room again", StringComparison.Ordinal));
            await place.UploadAsync(await place.CreateAsync(), "again", "text");
            await place.RestartAsync();
            Assert.Equal(new LocalRecovery(0, 0, 0), place.Store.Recovered);
        }
    }

    [Fact]
    public async Task Reserve_kept_free_on_the_disk_is_as_configured()
    {
        using var disk = new SmallDisk();
        await using (var place = new LocalPlace(new LocalOptions { Disk = disk, ReserveMb = 8 }, data: Path.Combine(disk.Root, "data")))
        {
            var container = await place.CreateAsync();
            Assert.Equal(507, (await FillAsync(place, container)).Status);
            Assert.InRange(await place.FileBytesAsync(), 1, 4L << 20);
        }
    }

    private static async Task<GatewayError> FillAsync(LocalPlace place, params string[] containers)
    {
        for (var i = 0; ; i++)
        {
            Assert.InRange(i, 0, 100);
            var upload = new CallBody.NewFile(new TestUpload(new MemoryStream(new byte[200_000])) { Name = $"{i}" });
            if (await place.AskAsync(Operation.ContainerFileCreate, containers[i % containers.Length], body: upload) is Reply.Failed failed)
            {
                return failed.Error;
            }
        }
    }
}
