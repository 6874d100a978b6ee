using System.Collections.Immutable;
using Gateway.Providers.Contract;

namespace Gateway.Path;

/// <summary>Orders accounts for calls that no account owns yet. Pure; chance comes in as an argument.</summary>
internal static class AccountChooser
{
    /// <summary>
    /// A weighted random order: each place is drawn from the accounts left, in proportion to their weight. Accounts of weight 0 take nothing while
    /// another has weight. A preferred account stands first.
    /// </summary>
    /// <param name="accounts">Healthy accounts.</param>
    /// <param name="preferred">Id of the account to put first if it is among them, or null.</param>
    /// <param name="next">Random numbers in [0, 1).</param>
    public static ImmutableArray<Account> Order(IReadOnlyList<Account> accounts, string? preferred, Func<double> next)
    {
        if (accounts.Count <= 1)
        {
            return [.. accounts];
        }

        var left = accounts.Where(account => account.Weight > 0).ToList();
        if (left.Count == 0)
        {
            left = [.. accounts];
        }

        var order = ImmutableArray.CreateBuilder<Account>(left.Count);
        while (left.Count > 0)
        {
            var index = left.FindIndex(account => account.Id == preferred);
            if (order.Count > 0 || index < 0)
            {
                index = Draw(left, next());
            }

            order.Add(left[index]);
            left.RemoveAt(index);
        }

        return order.DrainToImmutable();
    }

    private static int Draw(List<Account> accounts, double chance)
    {
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
