using Gateway.Telemetry;

namespace Gateway.Upstream;

/// <summary>Open connections by provider.</summary>
internal sealed class OpenConnections
{
    /// <summary>Those of each provider.</summary>
    public InFlightGauge ByProvider { get; } = new();
}
