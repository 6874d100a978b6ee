using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Accounts;

/// <summary>An account the client insists on. Honoured for all nine operations.</summary>
/// <param name="Header">The header that says so.</param>
/// <param name="IsId">Whether it names the account's id; its name otherwise.</param>
/// <param name="Value">The id or name.</param>
internal sealed record Pin(string Header, bool IsId, string Value)
{
    /// <summary>The pinned account; null for a provider that has none at all, or with Bifrost's message when none of its accounts is meant.</summary>
    public Account? Of(ProviderSettings provider, out GatewayError? error)
    {
        error = null;
        if (provider.Dialect.Address is null)
        {
            return null;
        }

        var account = provider.Accounts.FirstOrDefault(account => Value == (IsId ? account.Id : account.Name));
        error = account is not null ? null : GatewayError.Invalid(
            $"no supported key found with {(IsId ? "id" : "name")} \"{Value}\" for provider: {provider.Name} and model: ", Header, "key_not_found");
        return account;
    }
}
