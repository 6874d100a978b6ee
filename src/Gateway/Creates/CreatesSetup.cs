using Gateway.Redis;
using Gateway.Settings;

namespace Gateway.Creates;

/// <summary>Services of creates.</summary>
internal static class CreatesSetup
{
    /// <summary>Remembers keys in this process and, when Redis is configured, there, where all instances find them.</summary>
    public static void AddCreates(this IServiceCollection services, CacheSettings shared)
    {
        services.AddSingleton<ProcessIdempotencyStore>();
        if (shared.Redis is { IsEmpty: false } address)
        {
            services.AddRedis(address, shared.RedisTimeout);
            services.AddSingleton<IIdempotencyStore, RedisIdempotencyStore>();
        }
        else
        {
            services.AddSingleton<IIdempotencyStore>(provider => provider.GetRequiredService<ProcessIdempotencyStore>());
        }

        services.AddSingleton<IdempotentCreates>();
        services.AddSingleton<RetryClaims>();
        services.AddSingleton<ContainerCreation>();
    }
}
