using System.Text;
using Gateway.Creates;
using Gateway.Providers.Contract;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Gateway.Tests.Creates;

/// <summary>A retry gets what nobody has received, and nothing else.</summary>
public sealed class RetryClaimsTests
{
    private static readonly Digest s_request = new(1, 2);
    private readonly FakeTimeProvider _time = new();
    private readonly RetryClaims _claims;

    public RetryClaimsTests() => _claims = new RetryClaims(_time);

    [Fact]
    public void Result_that_its_client_received_cannot_be_claimed_by_a_retry()
    {
        var first = _claims.Begin(s_request, default);
        Finish(first);
        Assert.Null(Claim());
        Assert.True(first.TryReceive());
        first.End();
        Assert.Null(Claim());
    }

    [Fact]
    public async Task Running_create_can_be_claimed_once_its_client_has_left_and_only_once()
    {
        using var client = new CancellationTokenSource();
        var first = _claims.Begin(s_request, client.Token);
        Assert.Null(Claim());
        await client.CancelAsync();
        Assert.Null(_claims.TryClaim(new Digest(1, 3), default));
        var retry = Claim()!;
        Assert.Null(Claim());
        Finish(first);
        Assert.False(first.TryReceive());
        first.End();
        Assert.IsType<Reply.Json>(await retry.Running);
        Assert.True(retry.TryReceive());
        retry.End();
        Assert.Null(Claim());
    }

    [Fact]
    public void Result_that_the_connection_did_not_take_is_kept_for_one_retry_and_two_minutes()
    {
        Assert.Equal("c1", Undelivered().Result!.Id.Value);
        Assert.Null(Claim());
        Undelivered().End();
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Null(Claim());

        CreateClaim Undelivered()
        {
            var first = _claims.Begin(s_request, default);
            Finish(first);
            Assert.True(first.TryReceive());
            first.NotReceived();
            Assert.Null(Claim());
            first.End();
            return Claim()!;
        }
    }

    [Fact]
    public void Claimant_that_leaves_gives_its_place_to_the_next_retry()
    {
        var first = _claims.Begin(s_request, default);
        first.End();
        var second = Claim()!;
        second.End();
        var third = Claim()!;
        Finish(first);
        Assert.False(second.TryReceive());
        Assert.True(third.TryReceive());
        Assert.Null(Claim());
    }

    [Fact]
    public void Failed_create_gives_a_retry_nothing_to_claim()
    {
        var first = _claims.Begin(s_request, default);
        first.End();
        first.Finish(new Reply.Failed(GatewayError.Invalid("no")), null);
        Assert.Null(Claim());
    }

    [Fact]
    public void Results_that_nobody_fetches_are_bounded()
    {
        for (var i = 0; i < 1500; i++)
        {
            var create = _claims.Begin(s_request, default);
            Finish(create, $"c{i}");
            create.End();
        }

        var claimed = new List<string>();
        while (Claim() is { } claim)
        {
            Assert.True(claim.TryReceive());
            claimed.Add(claim.Result!.Id.Value);
        }

        Assert.Equal(Enumerable.Range(500, 1000).Select(i => $"c{i}"), claimed);
    }

    private CreateClaim? Claim() => _claims.TryClaim(s_request, default);

    private static void Finish(CreateClaim claim, string id = "c1")
    {
        var reply = new Reply.Json(Encoding.UTF8.GetBytes($$"""{"id":"{{id}}"}"""));
        claim.Finish(reply, KeptResult.Of(reply, null));
    }
}
