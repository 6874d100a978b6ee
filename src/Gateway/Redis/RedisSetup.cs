using Gateway.Providers.Contract;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Gateway.Redis;

/// <summary>Services of the shared Redis.</summary>
internal static class RedisSetup
{
    /// <summary>Adds the process's one <see cref="RedisConnection"/>, unless it is there. It connects while the process starts.</summary>
    /// <param name="services">Where they are added.</param>
    /// <param name="address">The connection string.</param>
    /// <param name="timeout">How long a call waits for it.</param>
    /// <exception cref="InvalidOperationException">The connection string cannot be understood.</exception>
    public static void AddRedis(this IServiceCollection services, Secret address, TimeSpan timeout)
    {
        var options = RedisAddress.Parse(address, timeout);
        services.TryAddSingleton(provider => new RedisConnection(
            options, timeout, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<RedisConnection>>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RedisWarmup>());
    }
}
