using Gateway.Providers.Contract;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Redis;

/// <summary>Services of the shared Redis.</summary>
internal static class RedisSetup
{
    /// <summary>Adds the process's one <see cref="RedisConnection"/>, unless it is there. It connects while the process starts.</summary>
    /// <exception cref="InvalidOperationException">The connection string cannot be understood.</exception>
    public static void AddRedis(this IServiceCollection services, Secret address)
    {
        var options = RedisAddress.Parse(address);
        services.TryAddSingleton(provider => new RedisConnection(
            options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<RedisConnection>>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RedisWarmup>());
    }
}
