using System.Collections.Immutable;
using System.Net;
using Gateway.Providers.Contract;
using Microsoft.Extensions.Primitives;

namespace Gateway.Hosting;

/// <summary>
/// Which <c>Host</c> a listener answers to. A page whose own name was pointed at this machine (DNS rebinding) has the browser's blessing for
/// everything but that name. An address is no name that anybody could point elsewhere, so it is always answered, as are the names of loopback (RFC
/// 6761 §6.3): probes and scrapes go by address.
/// </summary>
internal static class HostRule
{
    /// <summary>The error for a request under a name that is not ours, or null.</summary>
    /// <param name="http">The request; the connection tells its listener.</param>
    /// <param name="allowed"><c>server.allowed_hosts</c>; empty means loopback only on loopback, any name elsewhere.</param>
    public static GatewayError? Refusal(HttpContext http, ImmutableArray<string> allowed) =>
        IsAllowed(http.Request.Host, Listener.Of(http) is { IsLoopback: true }, allowed) ? null : GatewayError.Invalid(
            "this gateway does not answer to the name in the Host header; server.allowed_hosts lists the names it answers to", "Host",
            "host_not_allowed");

    /// <summary>Whether this host is answered.</summary>
    public static bool IsAllowed(HostString host, bool isLoopback, ImmutableArray<string> allowed)
    {
        if (!host.HasValue || (allowed.IsEmpty && !isLoopback))
        {
            return true;
        }

        var name = host.Host;
        return IsLocalName(name) || IPAddress.TryParse(name.Trim('[', ']'), out _)
            || (!allowed.IsEmpty && (allowed.Contains("*") || HostString.MatchesAny(name, [.. allowed.Select(entry => new StringSegment(entry))])));
    }

    private static bool IsLocalName(string name)
    {
        var bare = name.EndsWith('.') ? name.AsSpan(0, name.Length - 1) : name;
        return bare.Equals("localhost", StringComparison.OrdinalIgnoreCase) || bare.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
    }
}
