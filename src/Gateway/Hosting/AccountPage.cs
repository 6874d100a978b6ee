using System.Text.Json;
using Gateway.Accounts;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Hosting;

/// <summary>An account's health in the words of the admin pages.</summary>
internal static class AccountPage
{
    /// <summary>
    /// Writes <c>state</c>: <c>available</c>; <c>out</c> while new containers go to other accounts; <c>failing</c> when none is better, so that it is
    /// used all the same. Further why and for how long, and which kinds of calls its upstream has asked not to be sent for now.
    /// </summary>
    public static void WriteState(Utf8JsonWriter writer, AccountHealth health, ProviderSettings provider, Account account)
    {
        var outage = health.OutageOf(provider.Name, account, OperationKind.Create);
        writer.WriteString(
            "state"u8, outage is null ? "available"u8 : outage.IsAsked || IsOtherWell(health, provider, account) ? "out"u8 : "failing"u8);
        if (outage is not null)
        {
            writer.WriteString("because"u8, JsonNamingPolicy.SnakeCaseLower.ConvertName(outage.Reason.ToString()));
            writer.WriteNumber("back_in_seconds"u8, Math.Ceiling(health.Until(outage).TotalSeconds));
        }

        foreach (var kind in OperationKinds.All)
        {
            if (health.WaitOf(provider.Name, account, kind) is { } wait)
            {
                writer.WriteNumber(
                    $"{JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString())}_again_in_seconds", Math.Ceiling(wait.TotalSeconds));
            }
        }
    }

    private static bool IsOtherWell(AccountHealth health, ProviderSettings provider, Account account) => provider.Accounts.Any(
        other => other != account && other.Weight > 0 && health.OutageOf(provider.Name, other, OperationKind.Create) is null);
}
