using Gateway.Telemetry;

namespace Gateway.Settings;

/// <summary>Reads <c>telemetry</c>.</summary>
internal static class TelemetryReader
{
    /// <summary>Reads the section.</summary>
    public static TelemetrySettings Read(TelemetryDocument? document, Reading reading)
    {
        var defaults = new TelemetrySettings();
        OtlpVariables.Check(reading);
        if (document?.TraceSamplingRatio is { } ratio && ratio is not (>= 0 and <= 1))
        {
            reading.Findings.Refuse("$.telemetry.trace_sampling_ratio", $"must be 0 to 1, but is {ratio}");
        }

        return new TelemetrySettings
        {
            BifrostMetrics = document?.BifrostMetrics ?? defaults.BifrostMetrics,
            TraceSamplingRatio = document?.TraceSamplingRatio,
            AcceptTraceContext = document?.AcceptTraceContext ?? defaults.AcceptTraceContext,
        };
    }
}
