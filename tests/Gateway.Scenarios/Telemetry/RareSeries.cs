namespace Gateway.Scenarios.Telemetry;

/// <summary>Series that only limits make which the watched gateway does not reach, or clients that leave.</summary>
internal static class RareSeries
{
    /// <summary>Their names.</summary>
    public static readonly IReadOnlySet<string> Names =
        new HashSet<string> { "kestrel_rejected_connections_total", "kestrel_queued_requests", "kestrel_connection_duration_seconds",
            "kestrel_active_tls_handshakes", "kestrel_tls_handshake_duration_seconds" };
}
