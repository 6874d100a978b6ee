using Gateway.Settings;
using Gateway.Telemetry;

namespace Gateway.Hosting;

/// <summary>Ready once started, no longer ready as soon as a stop is asked for: load balancers look elsewhere while calls in flight finish.</summary>
internal sealed class Readiness
{
    private volatile bool _ready;
    private volatile bool _draining;

    public Readiness(IHostApplicationLifetime lifetime, SettingsSource settings, ListenerAddresses addresses, ILogger<Readiness> logger)
    {
        lifetime.ApplicationStarted.Register(() =>
        {
            _ready = true;
            Announce(settings.Current, addresses, logger);
        });
        lifetime.ApplicationStopping.Register(() =>
        {
            if (!_ready)
            {
                // A start that failed has nothing to drain.
                return;
            }

            _ready = false;
            _draining = true;
            var server = settings.Current.Server;
            logger.Draining(server.DrainDelay.TotalSeconds, server.DrainTimeout.TotalSeconds);
        });
    }

    public bool IsReady => _ready;

    /// <summary>Whether a stop was asked for. Calls are still served, each as the last one of its connection.</summary>
    public bool IsDraining => _draining;

    private static void Announce(GatewaySettings settings, ListenerAddresses addresses, ILogger logger)
    {
        logger.Serving(
            string.Join(", ", settings.Providers.Keys.Order(StringComparer.Ordinal)), string.Join(", ", addresses.Public),
            string.Join(", ", addresses.Admin), settings.SourcePath, settings.Revision);
        foreach (var warning in settings.Warnings)
        {
            logger.ConfigurationWarning(warning);
        }
    }
}
