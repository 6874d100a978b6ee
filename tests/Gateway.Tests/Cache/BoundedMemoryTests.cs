using System.Globalization;
using Gateway.Cache;
using Gateway.Fakes;
using Microsoft.Extensions.Caching.Memory;
using Xunit;

namespace Gateway.Tests.Cache;

public sealed class BoundedMemoryTests
{
    [Theory]
    [InlineData(4 << 20, 1_000_000, 0, 4096)]
    [InlineData(4 << 20, 1_000_000, 3072, 1024)]
    [InlineData(64 << 20, 100, 10, 100)]
    public void Memory_of_the_cache_holds_no_more_than_it_may_however_many_lists_are_added(long bytes, int entries, int size, int most)
    {
        using var memory = new BoundedMemory(
            TestSettings.Defaults.Cache with { MaxBytes = bytes, MaxEntries = entries });
        for (var i = 0; i < 20_000; i++)
        {
            memory.Set(
                i.ToString(CultureInfo.InvariantCulture), i,
                new MemoryCacheEntryOptions { Size = size, AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(1) });
            Assert.True(memory.Count <= most);
        }

        Assert.True(memory.Count > most / 4);
    }
}
