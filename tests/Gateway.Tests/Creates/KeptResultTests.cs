using System.Text;
using Gateway.Accounts;
using Gateway.Creates;
using Gateway.Providers.Contract;
using Xunit;

namespace Gateway.Tests.Creates;

public sealed class KeptResultTests
{
    private static readonly Account s_account = Tests.Pipeline.Accounts.Of("a");

    [Fact]
    public void Result_of_a_create_is_kept_with_its_container_account_and_answer()
    {
        var kept = KeptResult.Of(Json("{\"id\":\"cntr_1\"}"), s_account)!;
        Assert.Equal(("cntr_1", AccountIdentity.Of(s_account), 15), (kept.Id.ToString(), kept.Account, kept.Size));
        Assert.Equal("", KeptResult.Of(Json("{\"id\":\"cntr_1\"}"), null)!.Account);
    }

    [Fact]
    public void Kept_answer_does_not_change_with_the_buffer_it_came_in()
    {
        var buffer = Encoding.UTF8.GetBytes("{\"id\":\"cntr_1\"}");
        var kept = KeptResult.Of(new Reply.Json(buffer), s_account)!;
        buffer.AsSpan().Clear();
        Assert.Equal("{\"id\":\"cntr_1\"}", Encoding.UTF8.GetString(kept.Body!.Value.Span));
    }

    [Theory]
    [InlineData(KeptResult.MaxBody, true)]
    [InlineData(KeptResult.MaxBody + 1, false)]
    public void Answer_is_kept_up_to_64_KiB_and_its_container_always(int length, bool isKept)
    {
        const string Head = "{\"id\":\"cntr_1\"";
        var kept = KeptResult.Of(Json(Head + new string(' ', length - Head.Length - 1) + "}"), s_account)!;
        Assert.Equal(("cntr_1", isKept, isKept ? length : 0), (kept.Id.ToString(), kept.Body is not null, kept.Size));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"id\":7}")]
    [InlineData("{\"id\":\"../x\"}")]
    [InlineData("[]")]
    [InlineData("no json")]
    public void Answer_that_is_no_container_is_not_kept(string body) => Assert.Null(KeptResult.Of(Json(body), s_account));

    [Fact]
    public void Failure_of_a_create_is_not_kept()
    {
        Assert.Null(KeptResult.Of(new Reply.Failed(GatewayError.BadUpstream("broken")), s_account));
        Assert.Null(KeptResult.Of(null, s_account));
    }

    private static Reply.Json Json(string text) => new(Encoding.UTF8.GetBytes(text));
}
