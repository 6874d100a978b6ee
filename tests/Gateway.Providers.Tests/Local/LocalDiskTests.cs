using Gateway.Providers.Local;

namespace Gateway.Providers.Tests.Local;

public sealed class LocalDiskTests
{
    [Fact]
    public void A_directory_that_cannot_be_put_on_the_disk_is_an_error()
    {
        var directory = Directory.CreateTempSubdirectory("gateway-disk-").FullName;
        LocalDisk.Instance.FlushDirectory(directory);
        Directory.Delete(directory);

        Assert.Contains(directory, Assert.Throws<IOException>(() => LocalDisk.Instance.FlushDirectory(directory)).Message);
    }
}
