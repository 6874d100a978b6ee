using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Xunit;

namespace Gateway.Tests.Pipeline;

public sealed class ErrorRankTests
{
    public static TheoryData<ErrorKind> Kinds => [.. Enum.GetValues<ErrorKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Not_found_is_told_only_when_no_account_failed_otherwise(ErrorKind other)
    {
        Assert.Equal(other, ErrorRank.MostInformative([Of(ErrorKind.NotFound), Of(other)]).Kind);
        Assert.Equal(other, ErrorRank.MostInformative([Of(other), Of(ErrorKind.NotFound)]).Kind);
    }

    [Theory]
    [InlineData(ErrorKind.Quota, ErrorKind.Upstream)]
    [InlineData(ErrorKind.Upstream, ErrorKind.Deadline)]
    [InlineData(ErrorKind.Deadline, ErrorKind.Unreachable)]
    [InlineData(ErrorKind.Unreachable, ErrorKind.Credential)]
    [InlineData(ErrorKind.Permission, ErrorKind.Conflict)]
    [InlineData(ErrorKind.Conflict, ErrorKind.Caller)]
    public void Error_that_says_more_about_the_provider_wins(ErrorKind more, ErrorKind less) =>
        Assert.Equal(more, ErrorRank.MostInformative([Of(less), Of(more), Of(less)]).Kind);

    [Fact]
    public void First_of_equally_informative_errors_is_told()
    {
        var first = Of(ErrorKind.Upstream);
        Assert.Same(first, ErrorRank.MostInformative([first, Of(ErrorKind.Capacity), Of(ErrorKind.Upstream)]));
    }

    private static GatewayError Of(ErrorKind kind) => new() { Kind = kind, Status = 502, Message = "" };
}
