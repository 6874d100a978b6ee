using Gateway.Redis;
using Gateway.Settings;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;

namespace Gateway.Cache;

/// <summary>Services of the list cache.</summary>
internal static class CacheSetup
{
    /// <summary>Largest list that is kept; the largest that is read, too.</summary>
    private const int MaxPayload = 16 << 20;

    /// <summary>Keeps lists in this process and, when Redis is configured, there as well, where all instances find them.</summary>
    public static void AddListCache(this IServiceCollection services, CacheSettings settings)
    {
        services.AddSingleton<IMemoryCache>(_ => new BoundedMemory(settings));
        if (settings.Redis is { IsEmpty: false } address)
        {
            services.AddRedis(address, settings.RedisTimeout);
            services.AddSingleton<IDistributedCache>(provider => GuardedRedisCache.Over(provider.GetRequiredService<RedisConnection>()));
            services.AddSingleton<IEpochStore, RedisEpochs>();
        }
        else
        {
            services.AddSingleton<IEpochStore, ProcessEpochs>();
        }

        services.AddHybridCache(options => options.MaximumPayloadBytes = MaxPayload).AddSerializer<CachedList, CachedListSerializer>();
        services.AddSingleton<StaleLists>();
        services.AddSingleton<CachedLists>();
    }
}
