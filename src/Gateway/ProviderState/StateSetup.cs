using Gateway.Redis;
using Gateway.Settings;

namespace Gateway.ProviderState;

/// <summary>Services of what providers keep.</summary>
internal static class StateSetup
{
    /// <summary>Keeps it in Redis when one is configured, else in <c>state.db</c> of the data directory.</summary>
    /// <exception cref="InvalidOperationException">The Redis connection string cannot be understood.</exception>
    public static void AddProviderState(this IServiceCollection services, GatewaySettings settings)
    {
        if (settings.Cache.Redis is { IsEmpty: false } address)
        {
            services.AddRedis(address, settings.Cache.RedisTimeout);
            services.AddSingleton<IStateStore, RedisStateStore>();
        }
        else
        {
            var path = System.IO.Path.Combine(settings.DataDirectory, "state.db");
            services.AddSingleton<IStateStore>(provider => new SqliteStateStore(path, provider.GetRequiredService<TimeProvider>()));
        }
    }
}
