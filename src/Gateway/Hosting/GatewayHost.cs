using Gateway.Docs;
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
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => Listeners.Configure(kestrel, settings.Server));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Server.DrainTimeout);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(new SettingsSource(settings));
        builder.AddGatewayTelemetry(settings);
        builder.Services.AddSurface(settings.Client);
        builder.Services.AddPath();
        builder.Services.AddUpstream();
        builder.Services.AddDocs();
        builder.Services.AddSingleton<Readiness>();
        configure?.Invoke(builder);

        var app = builder.Build();
        app.Services.GetRequiredService<ProviderRegistry>().Load(settings);
        app.Services.GetRequiredService<Readiness>();
        app.Services.GetRequiredService<StateMetrics>();
        app.UseAdmin();
        app.UseExchange();
        app.UseSurface(settings.Client);
        app.MapReverseProxy();
        app.MapContainers();
        app.MapDocs();
        return app;
    }
}
