using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Accounts;

/// <summary>An account the client insists on: by id (which wins) or by name (contract §6.1). Honoured for all nine operations.</summary>
internal static class Pin
{
    private const string IdHeader = "x-bf-api-key-id";
    private const string NameHeader = "x-bf-api-key";

    /// <summary>Whether the call pins anything.</summary>
    public static bool IsSet(HttpContext http) =>
        http.Request.Headers[IdHeader].ToString().Length > 0 || http.Request.Headers[NameHeader].ToString().Length > 0;

    /// <summary>Whether a header of this name pins.</summary>
    public static bool IsPin(string header) =>
        header.Equals(IdHeader, StringComparison.OrdinalIgnoreCase) || header.Equals(NameHeader, StringComparison.OrdinalIgnoreCase);

    /// <summary>The pinned account; null when the call pins none.</summary>
    /// <param name="http">The request.</param>
    /// <param name="provider">Its provider.</param>
    /// <param name="error">Bifrost's message when the pin names no account of the provider.</param>
    public static Account? Of(HttpContext http, ProviderSettings provider, out GatewayError? error)
    {
        error = null;
        var (header, by, value) = http.Request.Headers[IdHeader].ToString() is { Length: > 0 } id ? (IdHeader, "id", id)
            : http.Request.Headers[NameHeader].ToString() is { Length: > 0 } name ? (NameHeader, "name", name)
            : ("", "", "");
        if (header.Length == 0 || provider.Dialect.Address is null)
        {
            return null;
        }

        var account = provider.Accounts.FirstOrDefault(account => value == (by == "id" ? account.Id : account.Name));
        if (account is null)
        {
            error = GatewayError.Invalid(
                $"no supported key found with {by} \"{value}\" for provider: {provider.Name} and model: ", header, "key_not_found");
        }

        return account;
    }
}
