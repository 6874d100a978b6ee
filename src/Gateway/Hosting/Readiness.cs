using Gateway.Settings;
using Gateway.Telemetry;

namespace Gateway.Hosting;

/// <summary>Ready once started, no longer ready as soon as a stop is asked for: load balancers look elsewhere while calls in flight finish.</summary>
internal sealed class Readiness
{
    private volatile bool _ready;

    public Readiness(IHostApplicationLifetime lifetime, SettingsSource settings, ILogger<Readiness> logger)
    {
        lifetime.ApplicationStarted.Register(() => _ready = true);
        lifetime.ApplicationStopping.Register(() =>
        {
            _ready = false;
            logger.Draining(settings.Current.Server.DrainTimeout.TotalSeconds);
        });
    }

    public bool IsReady => _ready;
}
