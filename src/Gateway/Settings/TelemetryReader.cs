using Gateway.Telemetry;

namespace Gateway.Settings;

/// <summary>Reads <c>telemetry</c>.</summary>
internal static class TelemetryReader
{
    /// <summary>Reads the section.</summary>
    public static TelemetrySettings Read(TelemetryDocument document, Reading reading)
    {
        OtlpVariables.Check(reading);
        return new TelemetrySettings
        {
            BifrostMetrics = document.BifrostMetrics,
            TraceSamplingRatio = document.TraceSamplingRatio,
            AcceptTraceContext = document.AcceptTraceContext,
        };
    }
}
