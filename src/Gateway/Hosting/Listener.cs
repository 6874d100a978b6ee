using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Hosting;

/// <summary>What a request came through: a property of its connection, so no header can pretend to be on another side.</summary>
/// <param name="IsAdmin">Whether it is the admin listener.</param>
/// <param name="IsLoopback">Whether it is bound to a loopback address only.</param>
/// <param name="IsReachable">Whether other machines reach it.</param>
internal sealed record Listener(bool IsAdmin, bool IsLoopback, bool IsReachable)
{
    private static readonly object s_key = new();

    /// <summary>The listener of a request; null for one that came through no listener of ours.</summary>
    public static Listener? Of(HttpContext http) =>
        http.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(s_key, out var listener) == true ? (Listener?)listener : null;

    /// <summary>Whether a request came through the admin listener.</summary>
    public static bool IsAdminOf(HttpContext http) => Of(http) is { IsAdmin: true };

    /// <summary>Marks a connection as one of this listener.</summary>
    public void Mark(IDictionary<object, object?> items) => items[s_key] = this;
}
