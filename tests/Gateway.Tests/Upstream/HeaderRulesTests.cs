using Gateway.Upstream;
using Xunit;

namespace Gateway.Tests.Upstream;

public sealed class HeaderRulesTests
{
    private static readonly SecretMask s_secrets = new(["sk-quoted-secret"]);

    [Theory]
    [InlineData("X-RateLimit-Remaining-Requests", true)]
    [InlineData("OpenAI-Processing-Ms", true)]
    [InlineData("openai-version", true)]
    [InlineData("openai-organization", false)]
    [InlineData("Set-Cookie", false)]
    [InlineData("Server", false)]
    [InlineData("x-request-id", false)]
    public void Upstream_header_reaches_the_client_only_by_name(string name, bool passes) => Assert.Equal(passes, HeaderRules.IsForClient(name));

    [Theory]
    [InlineData("attachment; filename=\"a b~.txt\"", true)]
    [InlineData("", true)]
    [InlineData("a\tb", false)]
    [InlineData("a\r\nSet-Cookie: x", false)]
    [InlineData("caf\u00e9", false)]
    [InlineData("key sk-quoted-secret was used", false)]
    public void Value_of_an_upstream_header_is_shown_when_it_is_printable_and_holds_no_secret(string value, bool shown) =>
        Assert.Equal(shown, HeaderRules.IsPresentable(value, s_secrets));

    [Fact]
    public void Header_rules_of_downloads_name_no_credential_and_no_framing()
    {
        string[] never = ["Authorization", "Cookie", "Set-Cookie", "Host", "Connection", "Content-Length", "Transfer-Encoding", "Accept-Encoding"];
        Assert.Empty(HeaderRules.DownloadRequest.Concat(HeaderRules.DownloadContent).Concat(HeaderRules.DownloadResponse)
            .Intersect(never, StringComparer.OrdinalIgnoreCase));
    }
}
