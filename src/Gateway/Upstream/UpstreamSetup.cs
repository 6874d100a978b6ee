using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Upstream;

/// <summary>YARP: clusters from our settings, our client factory, our sender.</summary>
internal static class UpstreamSetup
{
    public static void AddUpstream(this IServiceCollection services)
    {
        services.AddReverseProxy();
        services.AddSingleton<ClusterConfigs>();
        services.AddSingleton<IProxyConfigProvider>(provider => provider.GetRequiredService<ClusterConfigs>());
        services.AddSingleton<IConfigChangeListener>(provider => provider.GetRequiredService<ClusterConfigs>());
        services.AddSingleton<OpenConnections>();
        services.AddSingleton<IForwarderHttpClientFactory, UpstreamClientFactory>();
        services.AddSingleton<CredentialStore>();
        services.AddSingleton<UpstreamSender>();
    }
}
