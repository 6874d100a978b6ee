using Gateway.Docs;
using Gateway.Ledger;
using Gateway.Path;
using Gateway.Settings;
using Gateway.Surface;
using Gateway.Telemetry;
using Gateway.Upstream;

namespace Gateway.Hosting;

/// <summary>Builds the server: services in the order a request meets them, then the pipeline in that order.</summary>
internal static class GatewayHost
{
    public static WebApplication Build(GatewaySettings settings, TimeProvider time, Action<WebApplicationBuilder>? configure = null)
    {
        // Nothing but our own file configures it: no appsettings.json, no watcher, no environment variable that means something to the framework.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => Listeners.Configure(kestrel, settings.Server));
        builder.Services.AddRouting();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Server.DrainTimeout);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(new SettingsSource(settings));
        builder.Services.AddGatewayTelemetry(builder.Logging, settings.Logging);
        builder.Services.AddSurface(settings.Client);
        builder.Services.AddPath();
        builder.Services.AddLedger(settings);
        builder.Services.AddUpstream();
        builder.Services.AddDocs();
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton<Explain>();
        builder.Services.AddSingleton<LiveSettings>();
        builder.Services.AddHostedService(services => services.GetRequiredService<LiveSettings>());
        configure?.Invoke(builder);

        var app = builder.Build();
        app.Services.GetRequiredService<ProviderRegistry>().Load(settings);
        app.Services.GetRequiredService<Readiness>();
        app.UseAdmin();
        app.UseExchange();
        app.UseSurface(settings.Client);
        app.MapReverseProxy();
        app.MapContainers();
        app.MapDocs();
        return app;
    }
}
