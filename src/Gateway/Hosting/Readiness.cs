using Gateway.Settings;
using Gateway.Telemetry;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Gateway.Hosting;

/// <summary>Ready once started, no longer ready as soon as a stop is asked for: load balancers look elsewhere while calls in flight finish.</summary>
internal sealed class Readiness
{
    private volatile bool _ready;

    public Readiness(IHostApplicationLifetime lifetime, SettingsSource settings, IServer server, ILogger<Readiness> logger)
    {
        lifetime.ApplicationStarted.Register(() =>
        {
            _ready = true;
            Announce(settings.Current, server, logger);
        });
        lifetime.ApplicationStopping.Register(() =>
        {
            if (!_ready)
            {
                // A start that failed has nothing to drain.
                return;
            }

            _ready = false;
            logger.Draining(settings.Current.Server.DrainTimeout.TotalSeconds);
        });
    }

    public bool IsReady => _ready;

    private static void Announce(GatewaySettings settings, IServer server, ILogger logger)
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses.ToList() ?? [];
        var admin = Math.Min(settings.Server.AdminUrls.Length, addresses.Count);
        logger.Serving(
            string.Join(", ", settings.Providers.Keys.Order(StringComparer.Ordinal)), string.Join(", ", addresses.SkipLast(admin)),
            string.Join(", ", addresses.TakeLast(admin)), settings.SourcePath, settings.Revision);
        foreach (var warning in settings.Warnings)
        {
            logger.ConfigurationWarning(warning);
        }
    }
}
