using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Gateway.Pipeline;
using Gateway.Settings;

namespace Gateway.Telemetry;

/// <summary>
/// The same requests under the names and labels of Bifrost's own series, for dashboards that already exist; <c>telemetry.bifrost_metrics</c> switches
/// them on. Labels that are always empty for containers (model, routing rules) are left out, and those of client keys where there are none, which
/// Prometheus cannot tell apart from empty ones.
/// </summary>
internal sealed class BifrostMetrics
{
    /// <summary>Meter of Bifrost's names.</summary>
    public const string MeterName = "Gateway.Bifrost";

    private readonly Counter<long> _requests;
    private readonly Counter<long> _successes;
    private readonly Counter<long> _errors;
    private readonly Histogram<double> _latency;

    public BifrostMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _requests = meter.CreateCounter<long>(
            "bifrost_upstream_requests", null, "Total number of requests forwarded to upstream providers by Bifrost.");
        _successes = meter.CreateCounter<long>(
            "bifrost_success_requests", null, "Total number of successful requests forwarded to upstream providers.");
        _errors = meter.CreateCounter<long>("bifrost_error_requests", null, "Total number of error requests forwarded to upstream providers.");
        _latency = meter.CreateHistogram(
            "bifrost_upstream_latency", "s", "Latency of requests forwarded to upstream providers.", null,
            new InstrumentAdvice<double> { HistogramBucketBoundaries = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 15, 30, 45, 60, 90] });
    }

    /// <summary>A request of one of the nine operations has been answered; only those that reached a provider count.</summary>
    public void Completed(Exchange exchange, TimeSpan duration)
    {
        if (exchange.Served is null)
        {
            return;
        }

        var tags = new TagList
        {
            { "provider", exchange.Served.Name },
            { "method", exchange.Operation!.Name },
            { "selected_key_id", exchange.AccountName ?? "" },
            { "selected_key_name", exchange.AccountName ?? "" },
            { "number_of_retries", Math.Max(0, exchange.Trail.Count - 1).ToString(CultureInfo.InvariantCulture) },
            { "fallback_index", "0" },
        };
        AddClient(ref tags, exchange.ClientKey);
        _requests.Add(1, tags);
        if (exchange.Error is { } error)
        {
            var failed = tags;
            failed.Add("status_code", error.Status.ToString(CultureInfo.InvariantCulture));
            _errors.Add(1, failed);
        }
        else
        {
            _successes.Add(1, tags);
        }

        tags.Add("is_success", exchange.Error is null ? "true" : "false");
        _latency.Record((exchange.UpstreamTime > TimeSpan.Zero ? exchange.UpstreamTime : duration).TotalSeconds, tags);
    }

    private static void AddClient(ref TagList tags, ClientKey? key)
    {
        if (key is null)
        {
            return;
        }

        tags.Add("virtual_key_id", key.Id);
        tags.Add("virtual_key_name", key.Name);
        AddGroup(ref tags, "team_id", "team_name", key.Team);
        AddGroup(ref tags, "customer_id", "customer_name", key.Customer);
    }

    private static void AddGroup(ref TagList tags, string id, string name, ClientGroup? group)
    {
        if (group is not null)
        {
            tags.Add(id, group.Id);
            tags.Add(name, group.Name);
        }
    }
}
