namespace Gateway.Settings;

/// <summary>
/// Publishes the current snapshot. Readers hold one per request. A new one is first <see cref="Announce"/>d to those who must be prepared for it
/// (YARP's clusters) and takes its place only when they are.
/// </summary>
internal sealed class SettingsSource(GatewaySettings initial)
{
    private volatile GatewaySettings _current = initial;
    private volatile GatewaySettings _latest = initial;

    /// <summary>The settings in force.</summary>
    public GatewaySettings Current => _current;

    /// <summary>The settings in force, or those about to be.</summary>
    public GatewaySettings Latest => _latest;

    /// <summary>Makes settings known that will be in force soon.</summary>
    public void Announce(GatewaySettings settings) => _latest = settings;

    /// <summary>Puts settings in force.</summary>
    public void Publish(GatewaySettings settings)
    {
        _latest = settings;
        _current = settings;
    }
}
