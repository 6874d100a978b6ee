using System.Collections.Frozen;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Accounts;

/// <summary>
/// An account that is configured the same after a reload stays the same object, and with it what is attached to it: its credential with the tokens it
/// holds, and the secrets those are.
/// </summary>
internal static class KeptAccounts
{
    /// <summary>The next settings with the previous ones' accounts where nothing about them has changed.</summary>
    public static GatewaySettings Keep(GatewaySettings next, GatewaySettings previous) => next with
    {
        Providers = next.Providers.Values
            .Select(provider => previous.Providers.TryGetValue(provider.Name, out var before) && before.Dialect == provider.Dialect
                ? provider with { Accounts = [
                    .. provider.Accounts.Select(account => before.Accounts.FirstOrDefault(old => IsSame(old, account)) ?? account)] }
                : provider)
            .ToFrozenDictionary(provider => provider.Name),
    };

    private static bool IsSame(Account one, Account other) =>
        one with { Query = [], Endpoints = [], FurtherSecrets = [], Learned = other.Learned }
            == other with { Query = [], Endpoints = [], FurtherSecrets = [] }
        && one.Query.SequenceEqual(other.Query)
        && one.Endpoints.SequenceEqual(other.Endpoints)
        && one.FurtherSecrets.SequenceEqual(other.FurtherSecrets);
}
