using System.Net;

namespace Gateway.Settings;

/// <summary>Who can reach a listener, and what that takes.</summary>
internal static class Exposure
{
    /// <summary>Whether only this machine reaches an address: loopback, or a socket in the file system.</summary>
    public static bool IsLocal(string url)
    {
        var address = BindingAddress.Parse(url);
        return address.IsUnixPipe || address.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
    }

    /// <summary>Why these addresses must not be listened on; null when everybody who reaches them has to say who he is, or need not.</summary>
    public static string? Refusal(IEnumerable<string> urls, AccessSettings access) =>
        access.IsOpen && !access.AllowAnonymous && urls.FirstOrDefault(url => !IsLocal(url)) is { } open
            ? $"{open} can be reached from other machines, and no client key is configured. Put a key into {KeysReader.KeyVariable} or "
                + "governance.virtual_keys (`gateway keys new` makes one), or write client.allow_anonymous: true"
            : null;
}
