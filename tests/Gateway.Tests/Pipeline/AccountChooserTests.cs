using CsCheck;
using Gateway.Accounts;
using Xunit;

namespace Gateway.Tests.Pipeline;

/// <summary>The order in which accounts are offered a call that none of them owns.</summary>
public sealed class AccountChooserTests
{
    [Fact]
    public void Every_account_with_weight_stands_in_the_order_once_and_those_that_are_out_last() =>
        Gen.Select(Gen.Int[0, 3].Array[1, 8], Gen.Int[0, 255], Gen.Int[-1, 7], Gen.Double[0, 0.999999].Array[1, 20])
            .Sample((weights, mask, preferred, chances) =>
            {
                var accounts = weights.Select((weight, index) => Accounts.Of($"{index}", weight)).ToList();
                var draws = 0;
                var order = AccountChooser.Order(
                    accounts, account => OutUntil(account.Id), preferred < 0 ? null : $"{preferred}", () => chances[draws++ % chances.Length]);
                var all = weights.All(weight => weight == 0);
                Assert.Equal(
                    accounts.Where(account => all || account.Weight > 0 || account.Id == $"{preferred}").Select(account => account.Id),
                    order.Select(account => account.Id).Order());
                Assert.True(order.All(account => account.Id != $"{preferred}") || order[0].Id == $"{preferred}");
                var last = order.Where(account => account.Id != $"{preferred}").SkipWhile(
                    account => OutUntil(account.Id) is null).Select(account => OutUntil(account.Id)).ToList();
                Assert.DoesNotContain(null, last);
                Assert.Equal(last.Order(), last);

                DateTimeOffset? OutUntil(string id) =>
                    (mask & (1 << int.Parse(id))) != 0 ? null : DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(7 * int.Parse(id) % 5);
            });

    [Fact]
    public void Shares_of_accounts_in_creates_follow_their_weights()
    {
        var random = new Random(7);
        var accounts = new[] { Accounts.Of("a", 5), Accounts.Of("b", 3), Accounts.Of("c", 2), Accounts.Of("d", 0) };
        var first = Enumerable.Range(0, 20_000).CountBy(_ => AccountChooser.Order(accounts, _ => null, null, random.NextDouble)[0].Id).ToDictionary();
        Assert.InRange(first["a"], 9_700, 10_300);
        Assert.InRange(first["b"], 5_700, 6_300);
        Assert.InRange(first["c"], 3_700, 4_300);
        Assert.False(first.ContainsKey("d"));
    }
}
