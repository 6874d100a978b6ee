using Gateway.Redis;
using Gateway.Settings;

namespace Gateway.Limits;

/// <summary>Services of limits.</summary>
internal static class LimitsSetup
{
    /// <summary>Counts in this process and, when Redis is configured, there, for all instances together.</summary>
    public static void AddLimits(this IServiceCollection services, CacheSettings shared)
    {
        services.AddSingleton<RequestWindows>();
        services.AddSingleton<ProcessLimiter>();
        if (shared.Redis is { IsEmpty: false } address)
        {
            services.AddRedis(address, shared.RedisTimeout);
            services.AddSingleton<CallLeases>();
            services.AddSingleton<ILimiter, RedisLimiter>();
        }
        else
        {
            services.AddSingleton<ILimiter>(provider => provider.GetRequiredService<ProcessLimiter>());
        }
    }
}
