using Gateway.Access;
using Gateway.Accounts;
using Gateway.Api;
using Gateway.Cache;
using Gateway.Creates;
using Gateway.Docs;
using Gateway.Ledger;
using Gateway.Limits;
using Gateway.Pipeline;
using Gateway.Providers;
using Gateway.ProviderState;
using Gateway.Settings;
using Gateway.Telemetry;
using Gateway.Upstream;

namespace Gateway.Hosting;

/// <summary>Builds the server: services in the order a request meets them, then the pipeline in that order.</summary>
internal static class GatewayHost
{
    public static WebApplication Build(GatewaySettings settings, TimeProvider time, Action<WebApplicationBuilder>? configure = null)
    {
        // Nothing but our own file configures it: no appsettings.json, no watcher, no environment variable that means something to the framework
        // but OpenTelemetry's.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(TelemetrySetup.Batches).AddInMemoryCollection(OpenTelemetryVariables());
        builder.AddListeners(settings.Server);
        builder.Services.AddSingleton<Microsoft.AspNetCore.Connections.IMemoryPoolFactory<byte>, ConnectionMemory.Factory>();
        builder.Services.AddRouting();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Server.DrainDelay + settings.Server.DrainTimeout);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(new SettingsSource(settings));
        builder.Services.AddSingleton<ServerTls>();
        builder.AddGatewayTelemetry(settings);
        builder.Services.AddAccess(settings.Access, time);
        builder.Services.AddLimits(settings.Cache);
        builder.Services.AddApi(settings.Client);
        builder.Services.AddPipeline();
        builder.Services.AddCreates(settings.Cache);
        builder.Services.AddLedger(settings);
        builder.Services.AddProviderState(settings);
        builder.Services.AddListCache(settings.Cache);
        builder.Services.AddUpstream();
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton<Explain>();
        builder.Services.AddSingleton<LiveSettings>();
        builder.Services.AddHostedService(services => services.GetRequiredService<LiveSettings>());
        configure?.Invoke(builder);

        var app = builder.Build();
        app.Services.GetRequiredService<ProviderRegistry>().Load(settings);
        app.Services.GetRequiredService<Readiness>();
        app.Services.GetRequiredService<OtlpFailures>();
        Observe(app.Services, settings);
        app.UseAdmin();
        app.UseSurface(settings.Client);
        var clients = app.MapClients();
        clients.MapReverseProxy();
        clients.MapContainers();
        clients.MapDocs();
        return app;
    }

    /// <summary>Gives the gauges what only their owners know.</summary>
    private static void Observe(IServiceProvider services, GatewaySettings settings)
    {
        var state = services.GetRequiredService<StateMetrics>();
        var health = services.GetRequiredService<AccountHealth>();
        var ledger = services.GetRequiredService<ILedger>();
        state.ObserveKeys((provider, account) => health.OutageOf(provider, account, OperationKind.Create) is null);
        state.ObserveStore("ledger", settings.Cache.Redis is null ? "sqlite" : "redis", () => ledger.Health.State == LedgerState.Ok);
        var epochs = services.GetRequiredService<IEpochStore>();
        state.ObserveStore("cache", settings.Cache.Redis is null ? "memory" : "redis", () => epochs.IsAvailable);
    }

    private static IEnumerable<KeyValuePair<string, string?>> OpenTelemetryVariables() =>
        Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Where(variable => ((string)variable.Key).StartsWith("OTEL_", StringComparison.Ordinal))
            .Select(variable => new KeyValuePair<string, string?>((string)variable.Key, (string?)variable.Value));
}
