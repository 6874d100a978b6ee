namespace Gateway.Scenarios.Telemetry;

/// <summary>
/// Series that exist only while the part that makes them is in use, and that the watched gateway does not make: dashboards and alerts may show them
/// without data. Take a name out as soon as the watched gateway makes it.
/// </summary>
internal static class SeriesToCome
{
    /// <summary>Names, recording rules over them included.</summary>
    public static readonly IReadOnlySet<string> Names = new HashSet<string>
    {
        // The list cache: one call of GatewayMetrics.Cache per lookup.
        "gateway_cache_requests_total",
        "gateway:cache_bypass_ratio:rate5m",
    };

    /// <summary>Made only by limits that the watched gateway does not reach, or by clients that leave.</summary>
    public static readonly IReadOnlySet<string> Rare =
        new HashSet<string> { "kestrel_rejected_connections_total", "kestrel_queued_requests", "kestrel_connection_duration_seconds" };
}
