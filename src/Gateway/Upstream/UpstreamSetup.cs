using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Upstream;

/// <summary>YARP: clusters from our settings, our client factory, our sender.</summary>
internal static class UpstreamSetup
{
    public static void AddUpstream(this IServiceCollection services)
    {
        services.AddReverseProxy();

        // Comes with YARP, and where it is there ASP.NET Core puts its authorization in front of every request; nothing here asks for any.
        services.RemoveAll<IAuthorizationHandlerProvider>();
        services.AddSingleton<ClusterConfigs>();
        services.AddSingleton<IProxyConfigProvider>(provider => provider.GetRequiredService<ClusterConfigs>());
        services.AddSingleton<IConfigChangeListener>(provider => provider.GetRequiredService<ClusterConfigs>());
        services.AddSingleton<OpenConnections>();
        services.AddSingleton<IForwarderHttpClientFactory, UpstreamClientFactory>();
        services.AddSingleton<CredentialStore>();
        services.AddSingleton<UpstreamSender>();
    }
}
