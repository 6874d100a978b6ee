using Gateway.Redis;
using Gateway.Settings;

namespace Gateway.Ledger;

/// <summary>Services of the ledger.</summary>
internal static class LedgerSetup
{
    /// <summary>The file of a ledger that is not in Redis.</summary>
    public static string PathOf(GatewaySettings settings) => System.IO.Path.Combine(settings.DataDirectory, "ledger.db");

    /// <summary>Keeps the ledger in Redis when one is configured, else in <c>ledger.db</c> of the data directory.</summary>
    /// <exception cref="InvalidOperationException">The Redis connection string cannot be understood.</exception>
    public static void AddLedger(this IServiceCollection services, GatewaySettings settings)
    {
        OwnerJournal? JournalOf(IServiceProvider provider) => settings.Cache.Redis is { IsEmpty: false }
            ? new OwnerJournal(
                System.IO.Path.Combine(settings.DataDirectory, "ledger-waiting.db"), provider.GetRequiredService<ILogger<OwnerJournal>>())
            : null;

        if (settings.Cache.Redis is { IsEmpty: false } address)
        {
            services.AddRedis(address, settings.Cache.RedisTimeout);
            services.AddSingleton<ILedgerStore, RedisLedgerStore>();
        }
        else
        {
            var path = PathOf(settings);
            services.AddSingleton<ILedgerStore>(provider => new SqliteLedgerStore(
                path, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<SqliteLedgerStore>>()));
        }

        services.AddSingleton<ILedger>(provider => new StoredLedger(
            provider.GetRequiredService<ILedgerStore>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<StoredLedger>>(),
            journal: JournalOf(provider)));
    }
}
