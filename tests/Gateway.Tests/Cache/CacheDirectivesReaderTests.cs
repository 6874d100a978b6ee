using Gateway.Api;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Cache;

public sealed class CacheDirectivesReaderTests
{
    [Theory]
    [InlineData("no-cache", false, true)]
    [InlineData("No-Cache, max-age=5", false, true)]
    [InlineData("max-age=0", false, true)]
    [InlineData("no-store", true, false)]
    [InlineData("no-store, no-cache", true, true)]
    [InlineData("max-age=5", false, false)]
    [InlineData("only-if-cached, s-maxage=3, banana=1", false, false)]
    [InlineData(";;;", false, false)]
    [InlineData("", false, false)]
    public void Cache_control_asks_for_fresh_or_unkept_answers(string header, bool noStore, bool refresh)
    {
        Assert.Null(CacheDirectivesReader.Read(new HeaderDictionary { ["Cache-Control"] = header }, out var directives));
        Assert.Equal((noStore, refresh), (directives.NoStore, directives.Refresh));
        Assert.Equal(
            header.Contains("max-age=5", StringComparison.Ordinal) ? TimeSpan.FromSeconds(5) : null,
            header.Contains("=0", StringComparison.Ordinal) ? null : directives.MaxAge);
    }

    [Theory]
    [InlineData("30", 30)]
    [InlineData("1m30s", 90)]
    [InlineData("500ms", 0.5)]
    [InlineData("1.5h", 5400)]
    [InlineData("999999", 86_400)]
    [InlineData("9999999999999h", 86_400)]
    public void Cache_time_is_given_in_seconds_or_as_a_go_duration(string header, double seconds)
    {
        Assert.Null(CacheDirectivesReader.Read(new HeaderDictionary { ["x-bf-cache-ttl"] = header }, out var directives));
        Assert.Equal((TimeSpan.FromSeconds(seconds), false), (directives.Ttl, directives.NoStore));
    }

    [Theory]
    [InlineData("x-bf-cache-ttl", "0")]
    [InlineData("x-bf-cache-ttl", "0s")]
    [InlineData("x-bf-cache-no-store", "true")]
    [InlineData("x-bf-cache-no-store", "True")]
    public void A_call_can_stay_out_of_the_cache(string name, string header)
    {
        Assert.Null(CacheDirectivesReader.Read(new HeaderDictionary { [name] = header }, out var directives));
        Assert.True(directives.NoStore);
    }

    [Theory]
    [InlineData("x-bf-cache-ttl", "soon")]
    [InlineData("x-bf-cache-ttl", "-1")]
    [InlineData("x-bf-cache-ttl", "-1s")]
    [InlineData("x-bf-cache-ttl", "1.5")]
    [InlineData("x-bf-cache-ttl", "1 s")]
    [InlineData("x-bf-cache-ttl", "1s2")]
    [InlineData("x-bf-cache-ttl", "..s")]
    [InlineData("x-bf-cache-ttl", "1e9s")]
    [InlineData("x-bf-cache-ttl", "")]
    [InlineData("x-bf-cache-no-store", "yes")]
    [InlineData("x-bf-cache-no-store", "")]
    public void Cache_directive_that_cannot_be_understood_is_refused_by_name(string name, string header)
    {
        var error = CacheDirectivesReader.Read(new HeaderDictionary { [name] = header }, out _);
        Assert.Equal((400, name), (error?.Status, error?.Param));
    }

    [Fact]
    public void Configuration_decides_about_the_cache_without_headers()
    {
        Assert.Null(CacheDirectivesReader.Read(new HeaderDictionary(), out var directives));
        Assert.Equal((null, null, false, false), (directives.Ttl, directives.MaxAge, directives.NoStore, directives.Refresh));
    }
}
