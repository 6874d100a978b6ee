using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Gateway.Providers.Contract;

namespace Gateway.Accounts;

/// <summary>
/// What the ledger calls an account: its id and a fingerprint of address and secrets. A key that comes to mean another account under the same name is
/// another account; what the old one owned is then looked for instead of being believed. The fingerprint is short and one-way.
/// </summary>
internal static class AccountIdentity
{
    private static readonly ConditionalWeakTable<Account, string> s_known = [];

    public static string Of(Account account) => s_known.GetValue(account, static account =>
    {
        var secrets = account.FurtherSecrets.Prepend(account.Secret).Select(secret => secret.Reveal());
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{account.Prefix}\n{string.Join('\n', secrets)}"));
        return $"{account.Id}#{Convert.ToHexStringLower(hash.AsSpan(0, 6))}";
    });
}
