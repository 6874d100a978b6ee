using Gateway.Accounts;
using Gateway.Lists;
using Gateway.Providers;

namespace Gateway.Pipeline;

/// <summary>Services between the surface and the network.</summary>
internal static class PipelineSetup
{
    public static void AddPipeline(this IServiceCollection services)
    {
        services.AddSingleton<ProviderRegistry>();
        services.AddSingleton<Ownership>();
        services.AddSingleton<Adoptions>();
        services.AddHostedService(provider => provider.GetRequiredService<Adoptions>());
        services.AddSingleton<Owners>();
        services.AddSingleton<ProviderSearch>();
        services.AddSingleton<Router>();
        services.AddSingleton<PlanRunner>();
        services.AddSingleton<CallRunner>();
        services.AddSingleton<MergedLists>();
        services.AddSingleton<FileOwners>();
        services.AddSingleton<Dispatcher>();
        services.AddSingleton<AccountHealth>();
        services.AddSingleton<RetryBudget>();
        services.AddSingleton<AttemptLoop>();
        services.AddHostedService<Maintenance>();
#pragma warning disable CA5394 // Spreads waits; nothing depends on it being unpredictable.
        services.AddSingleton(Random.Shared);
#pragma warning restore CA5394
    }
}
