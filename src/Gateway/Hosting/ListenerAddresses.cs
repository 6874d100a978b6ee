using System.Collections.Immutable;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gateway.Hosting;

/// <summary>The addresses that are listened on, with the ports the system gave; empty until the servers have started.</summary>
internal sealed class ListenerAddresses
{
    /// <summary>Of the public listener.</summary>
    public ImmutableArray<string> Public { get; private set; } = [];

    /// <summary>Of the admin listener.</summary>
    public ImmutableArray<string> Admin { get; private set; } = [];

    public void Set(IServer open, IServer admin) => (Public, Admin) = (Of(open), Of(admin));

    private static ImmutableArray<string> Of(IServer server) => [.. server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []];
}
