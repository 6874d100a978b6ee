using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using Microsoft.Extensions.Compliance.Classification;
using Microsoft.Extensions.Compliance.Redaction;

namespace Gateway.Telemetry;

/// <summary>
/// Tells that telemetry does not arrive. The exporter only says so to an event source of its own, which nobody listens to by default
/// (https://github.com/open-telemetry/opentelemetry-dotnet/blob/main/src/OpenTelemetry/README.md#self-diagnostics).
/// </summary>
internal sealed class OtlpFailures : EventListener
{
    private const string Source = "OpenTelemetry-Exporter-OpenTelemetryProtocol";
    private const int MaxReason = 300;
    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Redactor _redactor;
    private readonly Lock _lock = new();
    private long _failures;
    private long? _toldAt;

    public OtlpFailures(IMeterFactory meters, TimeProvider time, ILogger<OtlpFailures> logger, IRedactorProvider redactors)
    {
        (_time, _logger) = (time, logger);
        _redactor = redactors.GetRedactor(new DataClassificationSet(DataClasses.Defect));
        meters.Create(StateMetrics.MeterName).CreateObservableCounter(
            "gateway.telemetry.export.failures", () => Interlocked.Read(ref _failures), "{export}",
            "Batches of telemetry that could not be sent over OTLP.");
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Source)
        {
            EnableEvents(eventSource, EventLevel.Error);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // The base class calls this for sources that were there before its own constructor is done.
        if (eventData.EventSource.Name != Source || _lock is null || _redactor is null)
        {
            return;
        }

        var failures = Interlocked.Increment(ref _failures);
        lock (_lock)
        {
            if (_toldAt is { } at && _time.GetElapsedTime(at) < s_pause)
            {
                return;
            }

            _toldAt = _time.GetTimestamp();
        }

        if (_logger.IsEnabled(LogLevel.Warning))
        {
            _logger.TelemetryNotSent(failures, _redactor.Redact(ReasonOf(eventData)));
        }
    }

    /// <summary>The first line of each thing the event says: an address, an exception without its stack.</summary>
    private static string ReasonOf(EventWrittenEventArgs said)
    {
        var lines = (said.Payload ?? new([])).OfType<string>().Select(text => text.Split('\n')[0].Trim()).Where(text => text.Length > 0);
        var reason = string.Join(": ", lines.Prepend(said.EventName ?? "failure"));
        return reason.Length <= MaxReason ? reason : reason[..MaxReason];
    }
}
