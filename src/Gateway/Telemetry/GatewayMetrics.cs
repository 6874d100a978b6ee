using System.Diagnostics;
using System.Diagnostics.Metrics;
using Gateway.Path;

namespace Gateway.Telemetry;

/// <summary>The gateway's own instruments (names in DESIGN §10), recorded from the exchange.</summary>
internal sealed class GatewayMetrics
{
    /// <summary>Meter of operations.</summary>
    public const string MeterName = "Gateway.Operations";

    /// <summary>Sandbox creation takes seconds to minutes, so the framework's default bounds (up to 10 s) are too small.</summary>
    private static readonly InstrumentAdvice<double> s_seconds =
        new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] };

    private readonly Histogram<double> _operations;
    private readonly Histogram<double> _upstream;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _rejected;

    public GatewayMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _operations = meter.CreateHistogram(
            "gateway.operation.duration", "s", "Time from a request's first to its answer's last byte.", null, s_seconds);
        _upstream = meter.CreateHistogram("gateway.upstream.duration", "s", "Time of one upstream attempt.", null, s_seconds);
        _retries = meter.CreateCounter<long>("gateway.upstream.retries", "{retry}", "Attempts that were repeated.");
        _rejected = meter.CreateCounter<long>("gateway.client.rejected", "{request}", "Requests refused before any provider was asked.");
    }

    /// <summary>One attempt has ended.</summary>
    public void Upstream(Exchange exchange, Attempt attempt, int number)
    {
        var tags = new TagList
        {
            { Tags.Operation, exchange.Operation?.Name },
            { Tags.Provider, exchange.Served?.Name },
            { Tags.Key, attempt.Account },
            { Tags.StatusClass, attempt.Status is { } status ? StatusClass(status) : "none" },
            { Tags.Attempt, number == 1 ? "first" : "repeat" },
        };
        _upstream.Record(attempt.Duration.TotalSeconds, tags);
    }

    /// <summary>An attempt is about to be repeated.</summary>
    public void Retry(string provider, string reason) =>
        _retries.Add(1, new KeyValuePair<string, object?>(Tags.Provider, provider), new KeyValuePair<string, object?>(Tags.Reason, reason));

    /// <summary>A request of one of the nine operations has been answered.</summary>
    public void Completed(Exchange exchange, TimeSpan duration)
    {
        var tags = new TagList
        {
            { Tags.Operation, exchange.Operation!.Name },
            { Tags.Provider, exchange.Served?.Name ?? "none" },
            { Tags.Outcome, exchange.Error is null ? "ok" : "error" },
        };
        if (exchange.Error is { } error)
        {
            tags.Add(Tags.ErrorType, ErrorTypes.Of(error));
        }

        _operations.Record(duration.TotalSeconds, tags);
        if (exchange is { Error.UpstreamStatus: null, Trail.Count: 0 } && exchange.Error.Status < 500)
        {
            _rejected.Add(1, new KeyValuePair<string, object?>(Tags.Reason, ErrorTypes.Of(exchange.Error)));
        }
    }

    private static string StatusClass(int status) => status switch
    {
        < 300 => "2xx",
        < 400 => "3xx",
        < 500 => "4xx",
        _ => "5xx",
    };
}
