using System.Collections.Immutable;
using Gateway.Providers.Contract;

namespace Gateway.Accounts;

/// <summary>Orders accounts for calls that no account owns yet. Pure; chance comes in as an argument.</summary>
internal static class AccountChooser
{
    /// <summary>
    /// A weighted random order of the accounts that are well: each place is drawn from those left, in proportion to their weight, the preferred one
    /// first, well or not: another account may not be able to take the call.
    /// Behind them those that are not, soonest back first, so that one is always asked. An account of weight 0 takes nothing, not even while all
    /// others are out, unless no account has weight or it is the preferred one.
    /// </summary>
    /// <param name="accounts">All accounts of the provider, at least one.</param>
    /// <param name="outUntil">When an account is well again; null while it is.</param>
    /// <param name="preferred">Id of the account to put first, or null.</param>
    /// <param name="next">Random numbers in [0, 1).</param>
    public static ImmutableArray<Account> Order(
        IReadOnlyList<Account> accounts, Func<Account, DateTimeOffset?> outUntil, string? preferred, Func<double> next)
    {
        var isWeighted = accounts.Any(account => account.Weight > 0);
        var left = new List<Account>(accounts.Count);
        List<(Account Account, DateTimeOffset Until)>? last = null;
        foreach (var account in accounts.Where(account => account.Weight > 0 || !isWeighted || account.Id == preferred))
        {
            if (account.Id != preferred && outUntil(account) is { } until)
            {
                (last ??= []).Add((account, until));
            }
            else
            {
                left.Add(account);
            }
        }

        var order = ImmutableArray.CreateBuilder<Account>(left.Count + (last?.Count ?? 0));
        while (left.Count > 0)
        {
            var index = order.Count == 0 ? left.FindIndex(account => account.Id == preferred) : -1;
            index = index < 0 ? Draw(left, next()) : index;
            order.Add(left[index]);
            left.RemoveAt(index);
        }

        if (last is not null)
        {
            order.AddRange(last.OrderBy(each => each.Until).Select(each => each.Account));
        }

        return order.DrainToImmutable();
    }

    private static int Draw(List<Account> accounts, double chance)
    {
        if (accounts.Count == 1)
        {
            return 0;
        }

        var total = accounts.Sum(account => account.Weight);
        if (total <= 0)
        {
            return (int)(chance * accounts.Count);
        }

        var target = chance * total;
        for (var i = 0; i < accounts.Count - 1; i++)
        {
            target -= accounts[i].Weight;
            if (target < 0)
            {
                return i;
            }
        }

        return accounts.Count - 1;
    }
}
