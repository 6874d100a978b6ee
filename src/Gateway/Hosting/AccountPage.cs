using System.Text.Json;
using Gateway.Path;
using Gateway.Providers.Contract;

namespace Gateway.Hosting;

/// <summary>An account's health in the words of the admin pages.</summary>
internal static class AccountPage
{
    /// <summary>Writes <c>state</c>, and for an account that is out why and for how long.</summary>
    public static void WriteState(Utf8JsonWriter writer, AccountHealth health, string provider, Account account)
    {
        var outage = health.OutageOf(provider, account);
        writer.WriteString("state"u8, outage is null ? "available"u8 : "out"u8);
        if (outage is not null)
        {
            writer.WriteString("because"u8, JsonNamingPolicy.SnakeCaseLower.ConvertName(outage.Reason.ToString()));
            writer.WriteNumber("back_in_seconds"u8, Math.Ceiling(health.Until(outage).TotalSeconds));
        }
    }
}
