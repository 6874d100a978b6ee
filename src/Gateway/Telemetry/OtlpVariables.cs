using Gateway.Settings;

namespace Gateway.Telemetry;

/// <summary>
/// OpenTelemetry's variables that say where and how to send
/// (https://opentelemetry.io/docs/specs/otel/protocol/exporter/). The SDK ignores what it cannot use; here it stops the start.
/// </summary>
internal static class OtlpVariables
{
    private static readonly string[] s_signals = ["", "TRACES_", "METRICS_", "LOGS_"];

    /// <summary>Reports every variable that cannot be used. Addresses are not quoted: they may hold a password.</summary>
    public static void Check(Reading reading)
    {
        if (IsTrue(reading.References.Override(TelemetrySetup.DisabledVariable)))
        {
            return;
        }

        foreach (var signal in s_signals)
        {
            var endpoint = $"OTEL_EXPORTER_OTLP_{signal}ENDPOINT";
            if (reading.References.Override(endpoint) is { } url && !string.IsNullOrWhiteSpace(url) && Urls.CheckUpstream(url) is { } reason)
            {
                reading.Findings.RefuseSource(endpoint, $"{reason}, for example http://collector:4317");
            }

            var protocol = $"OTEL_EXPORTER_OTLP_{signal}PROTOCOL";
            if (reading.References.Override(protocol) is { } name && name is not ("grpc" or "http/protobuf"))
            {
                reading.Findings.RefuseSource(protocol, "must be grpc or http/protobuf");
            }
        }
    }

    /// <summary>Where telemetry is sent to, each place once; empty when it is not sent.</summary>
    public static IReadOnlyList<Uri> Endpoints(Func<string, string?> environment) =>
        IsTrue(environment(TelemetrySetup.DisabledVariable)) || string.IsNullOrWhiteSpace(environment(TelemetrySetup.EndpointVariable)) ? []
        : [.. s_signals.Select(signal => environment($"OTEL_EXPORTER_OTLP_{signal}ENDPOINT")).Where(url => !string.IsNullOrWhiteSpace(url))
            .Select(url => new Uri(new Uri(url!).GetLeftPart(UriPartial.Authority))).Distinct()];

    private static bool IsTrue(string? text) => string.Equals(text, "true", StringComparison.OrdinalIgnoreCase);
}
