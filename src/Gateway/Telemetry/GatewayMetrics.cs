using System.Diagnostics;
using System.Diagnostics.Metrics;
using Gateway.Limits;
using Gateway.Pipeline;
using Gateway.Providers;
using Gateway.Providers.Contract;

namespace Gateway.Telemetry;

/// <summary>
/// What happens to requests, as instruments (names in <c>dashboards/README.md</c>), recorded from the exchange. What is the case right now, asked or
/// not, is <see cref="StateMetrics"/>'s.
/// </summary>
internal sealed class GatewayMetrics
{
    /// <summary>Meter of operations.</summary>
    public const string MeterName = "Gateway.Operations";

    /// <summary>
    /// The instruments with the names of client keys. Those of operations have none: a series for each operation, provider and key would be more than
    /// an instrument keeps, and the providers that alerts are about would be folded with them.
    /// </summary>
    public const string ClientDuration = "gateway.client.duration";

    /// <inheritdoc cref="ClientDuration"/>
    public const string ClientRejected = "gateway.client.rejected";

    /// <summary>Sandbox creation takes seconds to minutes, so the framework's default bounds (up to 10 s) are too small.</summary>
    public static readonly double[] Seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

    /// <summary>The operation of attempts that belong to no request: a provider's own housekeeping.</summary>
    public const string Maintenance = "maintenance";

    private readonly Histogram<double> _operations;
    private readonly InFlightGauge _active = new();
    private readonly InFlightGauge _attempts = new();
    private readonly Histogram<double> _upstream;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _rejected;
    private readonly Histogram<double> _clients;
    private readonly Counter<long> _fileBytes;
    private readonly Counter<long> _cache;
    private readonly BifrostMetrics? _bifrost;
    private long _accepted;
    private long _refused;

    public GatewayMetrics(IMeterFactory meters, BifrostMetrics? bifrost = null)
    {
        var meter = meters.Create(MeterName);
        var advice = new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds };
        _operations = meter.CreateHistogram(
            "gateway.operation.duration", "s", "Time from a request's first to its answer's last byte.", null, advice);
        meter.CreateObservableUpDownCounter(
            "gateway.operation.active", () => _active.Snapshot(Tags.Operation), "{operation}", "Operations in progress.");
        _upstream = meter.CreateHistogram(
            "gateway.upstream.duration", "s", "Time of one upstream attempt, to the answer read, or to its end when it is streamed.", null, advice);
        meter.CreateObservableUpDownCounter(
            "gateway.upstream.active", () => _attempts.Snapshot(Tags.Provider), "{attempt}", "Upstream attempts in progress.");
        _retries = meter.CreateCounter<long>("gateway.upstream.retries", "{retry}", "Attempts that were repeated.");
        _rejected = meter.CreateCounter<long>(
            ClientRejected, "{request}", "Requests refused for what they were, before any provider was asked.");
        _clients = meter.CreateHistogram(
            ClientDuration, "s", "Time of requests with a client key that is known, from their first to their answers' last byte.", null, advice);
        _fileBytes = meter.CreateCounter<long>(
            "gateway.file.bytes", "By", "Bytes of files that passed, counted when the request ends: in with their multipart framing, out as sent.");
        _cache = meter.CreateCounter<long>("gateway.cache.requests", "{request}", "Lists looked up in the cache.");

        // Observed, so that both outcomes are there from the start: a counter that begins with 1 has not increased for Prometheus.
        meter.CreateObservableCounter("gateway.config.reloads", Reloads, "{reload}", "Configurations read after the start, by outcome.");
        _bifrost = bifrost;
    }

    /// <summary>A request of one of the nine operations begins; <see cref="Completed"/> ends it.</summary>
    public void Begun(Operation operation) => _active.Of(operation.Name).Begin();

    /// <summary>An upstream attempt is in progress until the result is disposed.</summary>
    public InFlightGauge.Begun BeginUpstream(string provider) => _attempts.Of(provider).Enter();

    /// <summary>One attempt has ended.</summary>
    public void Upstream(Exchange exchange, Attempt attempt, int number)
    {
        var tags = new TagList
        {
            { Tags.Operation, exchange.Operation?.Name ?? Maintenance },
            { Tags.Provider, exchange.Served?.Name ?? "none" },
            { Tags.Key, attempt.Account },
            { Tags.StatusClass, attempt.Status is { } status ? StatusClass(status) : "none" },
            { Tags.Attempt, number == 1 ? "first" : "repeat" },
        };
        if (attempt.Outcome != Attempt.Ok)
        {
            tags.Add(Tags.ErrorType, attempt.Outcome);
        }

        _upstream.Record(attempt.Duration.TotalSeconds, tags);
    }

    /// <summary>An attempt is about to be repeated.</summary>
    public void Retry(string provider, string reason) =>
        _retries.Add(1, new KeyValuePair<string, object?>(Tags.Provider, provider), new KeyValuePair<string, object?>(Tags.Reason, reason));

    /// <summary>A list was looked up in the cache.</summary>
    /// <param name="result"><c>hit</c>, <c>miss</c>, <c>bypass</c> (the store was not asked or did not answer) or <c>error</c>.</param>
    public void Cache(string result) => _cache.Add(1, new KeyValuePair<string, object?>(Tags.Result, result));

    /// <summary>A changed configuration was put in force, or refused.</summary>
    public void Reload(bool accepted) => Interlocked.Increment(ref accepted ? ref _accepted : ref _refused);

    /// <summary>A request of one of the nine operations has been answered.</summary>
    public void Completed(Exchange exchange, TimeSpan duration)
    {
        var operation = exchange.Operation!.Name;
        var provider = ProviderOf(exchange) ?? "none";
        _active.Of(operation).End();
        var tags = new TagList
        {
            { Tags.Operation, operation },
            { Tags.Provider, provider },
            { Tags.Outcome, exchange.Error is null ? "ok" : "error" },
        };
        if (exchange.Error is { } error)
        {
            tags.Add(Tags.ErrorType, ErrorTypes.Of(error));
        }

        _operations.Record(duration.TotalSeconds, tags);
        if (exchange.Served is null || exchange.Error?.Code == "unsupported_operation")
        {
            Rejected(exchange);
        }

        AddBytes(exchange.RequestBytes, "in", provider);
        AddBytes(exchange.ResponseBytes, "out", provider);
        Client(exchange, duration);
        _bifrost?.Completed(exchange, duration);
    }

    /// <summary>A request that was none of the nine operations has been answered.</summary>
    public void CompletedElse(Exchange exchange, TimeSpan duration)
    {
        Rejected(exchange);
        Client(exchange, duration);
    }

    /// <summary>
    /// The provider a request was for, as a label or attribute may name it: a configured name, <c>several</c>, or null when no such one was named.
    /// </summary>
    public static string? ProviderOf(Exchange exchange) => exchange switch
    {
        { Served: { } served } => served.Name,
        { Provider: { } name } when exchange.Settings.Providers.TryGetValue(name, out var configured) => configured.Name,
        { Provider: { } name, Operation: not null } when ProviderSet.IsSeveral(name) => "several",
        _ => null,
    };

    private IEnumerable<Measurement<long>> Reloads() =>
    [
        new(Interlocked.Read(ref _accepted), new KeyValuePair<string, object?>(Tags.Outcome, "ok")),
        new(Interlocked.Read(ref _refused), new KeyValuePair<string, object?>(Tags.Outcome, "refused")),
    ];

    /// <summary>The reason is the error's code: before a provider was asked, all codes are the gateway's own.</summary>
    private void Rejected(Exchange exchange)
    {
        if (exchange.Error is { Status: < 500, Kind: not ErrorKind.Cancelled, UpstreamStatus: null } error && exchange.Trail.Count == 0)
        {
            var tags = new TagList { { Tags.Reason, error.Code ?? "other" } };
            Tags.AddClient(ref tags, exchange.ClientKey);
            _rejected.Add(1, tags);
        }
    }

    private void Client(Exchange exchange, TimeSpan duration)
    {
        if (exchange.ClientKey is { } key)
        {
            var tags = new TagList { { Tags.Outcome, ClientOutcome(exchange.Error) } };
            Tags.AddClient(ref tags, key);
            _clients.Record(duration.TotalSeconds, tags);
        }
    }

    private static string ClientOutcome(GatewayError? error) => error switch
    {
        null => "ok",
        not null when LimitErrors.IsLimit(error) => "limited",
        { Kind: ErrorKind.Denied } => "denied",
        _ => "error",
    };

    private static string StatusClass(int status) => status switch
    {
        < 300 => "2xx",
        < 400 => "3xx",
        < 500 => "4xx",
        _ => "5xx",
    };

    private void AddBytes(ByteCount? bytes, string direction, string provider)
    {
        if (bytes is { Count: > 0 and var count })
        {
            _fileBytes.Add(
                count, new KeyValuePair<string, object?>(Tags.Direction, direction), new KeyValuePair<string, object?>(Tags.Provider, provider));
        }
    }
}
