using System.Collections.Immutable;
using Gateway.Providers.Contract;

namespace Gateway.Path;

/// <summary>Orders accounts for calls that no account owns yet. Pure; chance comes in as an argument.</summary>
internal static class AccountChooser
{
    /// <summary>
    /// A weighted random order of the usable accounts: each place is drawn from those left, in proportion to their weight. An account of weight 0 takes
    /// nothing, not even while all others are out, unless no account has weight or it is the preferred one. That one stands first.
    /// </summary>
    /// <param name="accounts">All accounts of the provider.</param>
    /// <param name="isUsable">Whether an account is healthy.</param>
    /// <param name="preferred">Id of the account to put first if it is usable, or null.</param>
    /// <param name="next">Random numbers in [0, 1).</param>
    public static ImmutableArray<Account> Order(
        IReadOnlyList<Account> accounts, Func<Account, bool> isUsable, string? preferred, Func<double> next)
    {
        var isWeighted = accounts.Any(account => account.Weight > 0);
        var left = accounts.Where(account => (account.Weight > 0 || !isWeighted || account.Id == preferred) && isUsable(account)).ToList();
        var order = ImmutableArray.CreateBuilder<Account>(left.Count);
        while (left.Count > 0)
        {
            var index = order.Count == 0 ? left.FindIndex(account => account.Id == preferred) : -1;
            index = index < 0 ? Draw(left, next()) : index;
            order.Add(left[index]);
            left.RemoveAt(index);
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
