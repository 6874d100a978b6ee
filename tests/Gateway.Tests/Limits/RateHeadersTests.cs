using Gateway.Limits;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Limits;

public sealed class RateHeadersTests
{
    [Theory]
    [InlineData(0, "0s")]
    [InlineData(-5, "0s")]
    [InlineData(17, "17ms")]
    [InlineData(1000, "1s")]
    [InlineData(8640, "8.64s")]
    [InlineData(60_000, "1m0s")]
    [InlineData(361_500, "6m1.5s")]
    [InlineData(3_600_000, "1h0m0s")]
    [InlineData(90_061_001, "25h1m1.001s")]
    public void Duration_is_written_as_openai_writes_it(long milliseconds, string text) =>
        Assert.Equal(text, RateHeaders.Duration(TimeSpan.FromMilliseconds(milliseconds)));

    [Theory]
    [InlineData(null, null, "10", "4", "1s")]
    [InlineData("60", "3", "60", "3", "9s")]
    [InlineData("60", "4", "10", "4", "1s")]
    [InlineData("60", "59", "10", "4", "1s")]
    [InlineData("60", "some", "10", "4", "1s")]
    public void Tightest_limit_is_told_whole_whoever_sets_it(string? limit, string? remaining, string toldLimit, string toldRemaining, string reset)
    {
        var headers = new HeaderDictionary();
        if (limit is not null)
        {
            headers["x-ratelimit-limit-requests"] = limit;
            headers["x-ratelimit-remaining-requests"] = remaining;
            headers["x-ratelimit-reset-requests"] = "9s";
        }

        headers["x-ratelimit-remaining-tokens"] = "7";
        RateHeaders.Write(headers, [State(100, 20, 60), State(10, 6, 1)]);
        Assert.Equal(toldLimit, headers["x-ratelimit-limit-requests"]);
        Assert.Equal(toldRemaining, headers["x-ratelimit-remaining-requests"]);
        Assert.Equal(reset, headers["x-ratelimit-reset-requests"]);
        Assert.Equal("7", headers["x-ratelimit-remaining-tokens"]);
    }

    private static QuotaState State(int requests, int used, int seconds) =>
        new(new RequestQuota("key:ann", "this virtual key", requests, TimeSpan.FromHours(1)), used, TimeSpan.FromSeconds(seconds));
}
