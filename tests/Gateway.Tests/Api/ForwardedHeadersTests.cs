using Gateway.Api;
using Gateway.Fakes;
using Gateway.Settings;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Gateway.Tests.Api;

public sealed class ForwardedHeadersTests
{
    private static readonly ClientSettings s_client = TestSettings.Defaults.Client with
    {
        HeaderAllowList = ["x-team", "x-trace-*", "authorization"], HeaderDenyList = ["x-trace-secret", "x-no*"],
    };

    [Theory]
    [InlineData("x-bf-eh-Color", "Color")]
    [InlineData("X-BF-EH-x-team", "x-team")]
    [InlineData("X-Team", "X-Team")]
    [InlineData("x-trace-a", "x-trace-a")]
    [InlineData("x-trace-secret", null)]
    [InlineData("x-bf-eh-x-nothing", null)]
    [InlineData("x-bf-eh-", null)]
    [InlineData("x-other", null)]
    [InlineData("x-teams", null)]
    [InlineData("Authorization", null)]
    [InlineData("x-bf-eh-Authorization", null)]
    [InlineData("x-bf-eh-COOKIE", null)]
    [InlineData("x-bf-eh-Host", null)]
    [InlineData("x-bf-eh-Transfer-Encoding", null)]
    [InlineData("x-bf-eh-Content-Length", null)]
    [InlineData("x-bf-eh-x-bf-eh-host", null)]
    [InlineData("x-bf-eh-X-Forwarded-For", null)]
    public void Header_travels_when_it_is_meant_to_and_is_no_credential_framing_or_identity(string name, string? upstream)
    {
        var forwarded = ForwardedHeaders.Of(new HeaderDictionary { [name] = "v" }, s_client);
        Assert.Equal(upstream is null ? [] : [upstream], forwarded.Select(header => header.Key));
    }

    [Fact]
    public void Headers_travel_in_the_order_of_their_names_with_all_values()
    {
        var forwarded = ForwardedHeaders.Of(
            new HeaderDictionary { ["x-team"] = "t", ["x-bf-eh-b"] = new(["1", "2"]), ["x-bf-eh-A"] = "a" }, s_client);
        Assert.Equal(["A", "b", "x-team"], forwarded.Select(header => header.Key));
        Assert.Equal(["1", "2"], forwarded[1].Value.ToArray());
    }
}
