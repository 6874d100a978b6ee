namespace Gateway.Telemetry;

/// <summary>Every log event of the gateway, with its stable id. No bodies, no secrets, no client-chosen text that was not validated.</summary>
internal static partial class Events
{
    [LoggerMessage(EventId = 1000, Message =
        "{Operation} {Status} in {Milliseconds} ms provider={Provider} key={Key} attempts={Attempts} upstream_ms={UpstreamMilliseconds} "
        + "cache={Cache} container={Container} file={File} error={Error} virtual_key={VirtualKey} team={Team} request_id={RequestId}")]
    public static partial void OperationCompleted(
        this ILogger logger, LogLevel level, string operation, int status, long milliseconds, string? provider, string? key, int attempts,
        long upstreamMilliseconds, string? cache, string? container, string? file, string? error, string? virtualKey, string? team,
        string requestId);

    [LoggerMessage(EventId = 1001, Message = "{Method} {Target} {Status} in {Milliseconds} ms virtual_key={VirtualKey} request_id={RequestId}")]
    public static partial void RequestCompleted(
        this ILogger logger, LogLevel level, string method, string target, int status, long milliseconds, string? virtualKey, string requestId);

    /// <summary>The exception comes as redacted text: its own message may quote a header.</summary>
    [LoggerMessage(1002, LogLevel.Error, "A defect kept a request from being answered; request_id={RequestId}: {Defect}")]
    public static partial void Unexpected(this ILogger logger, string requestId, string defect);

    [LoggerMessage(1300, LogLevel.Warning, "Denied {Count} times: {Reason} virtual_key={VirtualKey} tenant={Tenant}")]
    public static partial void Denied(this ILogger logger, string reason, string? virtualKey, string? tenant, long count);

    [LoggerMessage(
        1301, LogLevel.Warning, "A key that may not be used was presented {Count} times: {Reason} virtual_key={VirtualKey} tenant={Tenant}")]
    public static partial void KeyNotUsable(this ILogger logger, string reason, string? virtualKey, string? tenant, long count);

    [LoggerMessage(1302, LogLevel.Warning, "A limit was reached {Count} times: {Reason} virtual_key={VirtualKey} tenant={Tenant}")]
    public static partial void LimitReached(this ILogger logger, string reason, string? virtualKey, string? tenant, long count);

    [LoggerMessage(1003, LogLevel.Error, "A defect ended a round of maintenance of {Provider}: {Defect}")]
    public static partial void MaintenanceFailed(this ILogger logger, string provider, string defect);

    /// <summary>The text is another program's, redacted and on one line.</summary>
    [LoggerMessage(1004, LogLevel.Warning, "{Provider} gave a reason that was not shown whole: {Detail} request_id={RequestId}")]
    public static partial void ProviderReason(this ILogger logger, string? provider, string detail, string requestId);

    [LoggerMessage(1005, LogLevel.Information, "{Provider}: {Activity}")]
    public static partial void ProviderBusy(this ILogger logger, string provider, string activity);

    [LoggerMessage(1006, LogLevel.Warning, "{Provider}: {Activity}")]
    public static partial void ProviderFault(this ILogger logger, string provider, string activity);

    [LoggerMessage(1007, LogLevel.Information, "{Provider}: done with what it was busy with")]
    public static partial void ProviderIdle(this ILogger logger, string provider);

    [LoggerMessage(1008, LogLevel.Warning, "Provider {Provider}: {Warning}")]
    public static partial void ProviderWarning(this ILogger logger, string provider, string warning);

    [LoggerMessage(1100, LogLevel.Information, "Serving {Providers} on {Urls}; admin on {AdminUrls}; configuration {Path} ({Revision})")]
    public static partial void Serving(this ILogger logger, string providers, string urls, string adminUrls, string path, string revision);

    [LoggerMessage(1101, LogLevel.Warning, "Configuration: {Warning}")]
    public static partial void ConfigurationWarning(this ILogger logger, string warning);

    [LoggerMessage(1103, LogLevel.Information, "Configuration {Revision} applied; serving {Providers}")]
    public static partial void SettingsApplied(this ILogger logger, string revision, string providers);

    [LoggerMessage(1104, LogLevel.Error, "Configuration refused, the old one stays in force: {Reason}")]
    public static partial void SettingsRefused(this ILogger logger, string reason);

    [LoggerMessage(1105, LogLevel.Warning, "What has changed of {Members} takes effect with the next start")]
    public static partial void SettingsNeedRestart(this ILogger logger, string members);

    [LoggerMessage(1106, LogLevel.Warning, "Telemetry could not be sent over OTLP ({Failures} batches so far): {Reason}")]
    public static partial void TelemetryNotSent(this ILogger logger, long failures, string reason);

    [LoggerMessage(
        1102, LogLevel.Information, "Draining: not ready, listening for {Pause} s more, then waiting up to {Seconds} s for calls in flight")]
    public static partial void Draining(this ILogger logger, double pause, double seconds);
}
