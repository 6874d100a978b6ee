using System.Diagnostics;
using Gateway.Access;
using Gateway.Settings;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Gateway.Telemetry;

/// <summary>Meters, sources, exporters, redaction and log format.</summary>
internal static class TelemetrySetup
{
    /// <summary>Where traces, metrics and logs are sent over OTLP; without it traces are not even made, and metrics wait to be scraped.</summary>
    public const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>OpenTelemetry's switch for everything but the log on standard output; <c>/metrics</c> is 404 then.</summary>
    public const string DisabledVariable = "OTEL_SDK_DISABLED";

    /// <summary>
    /// Sizes of batches where the environment says none. The SDK's own are for hundreds of requests a second: each batch is a call to the collector,
    /// and what does not fit into the queue while it is made is lost.
    /// </summary>
    public static readonly IReadOnlyDictionary<string, string?> Batches = new Dictionary<string, string?>
    {
        ["OTEL_BSP_MAX_QUEUE_SIZE"] = "16384",
        ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = "2048",
        ["OTEL_BLRP_MAX_QUEUE_SIZE"] = "8192",
        ["OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"] = "1024",
    };

    /// <summary>Most series of an instrument with the names of keys; a few thousand keys.</summary>
    private const int MaxClientSeries = 10_000;

    private const string TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";

    private static readonly MetricStreamConfiguration s_seconds = new ExplicitBucketHistogramConfiguration { Boundaries = GatewayMetrics.Seconds };

    public static void AddGatewayTelemetry(this WebApplicationBuilder builder, GatewaySettings settings)
    {
        var services = builder.Services;
        if (settings.Telemetry.BifrostMetrics)
        {
            services.AddSingleton<BifrostMetrics>();
        }

        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<OperationTelemetry>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<StateMetrics>();
        services.AddSingleton<OtlpFailures>();
        services.AddSingleton<DistributedContextPropagator>(new TracePropagator(settings.Telemetry.AcceptTraceContext));
        services.AddSingleton<CredentialRedactor>();
        services.AddRedaction(redaction => redaction.SetRedactor<CredentialRedactor>(DataClasses.ClientText, DataClasses.Defect));
        AddLogging(builder.Logging, settings.Logging);

        if (string.Equals(builder.Configuration[DisabledVariable], "true", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }

        var isTraced = settings.Telemetry.IsSent && !string.IsNullOrWhiteSpace(builder.Configuration[EndpointVariable]);
        var telemetry = services.AddOpenTelemetry().ConfigureResource(Describe).WithMetrics(metrics => AddMetrics(metrics, isTraced));
        if (isTraced)
        {
            builder.Logging.AddOpenTelemetry(logs => logs.IncludeFormattedMessage = true);
            telemetry.WithTracing(tracing => AddTraces(tracing, settings.Telemetry)).UseOtlpExporter();
        }
    }

    /// <summary>Scrapes and probes are no traffic: they are neither measured nor traced.</summary>
    public static void UseNoTelemetry(this IApplicationBuilder app) => app.Use(next => http =>
    {
        if (http.Features.Get<IHttpMetricsTagsFeature>() is { } metrics)
        {
            metrics.MetricsDisabled = true;
        }

        if (http.Features.Get<IHttpActivityFeature>()?.Activity is { } span)
        {
            span.IsAllDataRequested = false;
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }

        return next(http);
    });

    /// <summary>What <c>OTEL_SERVICE_NAME</c> and <c>OTEL_RESOURCE_ATTRIBUTES</c> say wins.</summary>
    private static void Describe(ResourceBuilder resource) =>
        resource.AddService("gateway", serviceVersion: StateMetrics.Version).AddEnvironmentVariableDetector();

    private static void AddMetrics(MeterProviderBuilder metrics, bool isTraced) => metrics
        .AddMeter(
            GatewayMetrics.MeterName, StateMetrics.MeterName, BifrostMetrics.MeterName,
            "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime")
        .AddView("http.server.request.duration", s_seconds)

        // One for each key, which may be more than the SDK keeps unless it is told.
        .AddView(
            GatewayMetrics.ClientDuration,
            new ExplicitBucketHistogramConfiguration { Boundaries = GatewayMetrics.Seconds, CardinalityLimit = MaxClientSeries })
        .AddView(GatewayMetrics.ClientRejected, new MetricStreamConfiguration { CardinalityLimit = MaxClientSeries })

        // What every request would pay for once more: the gateway's own say the same by operation, provider and key, and levels only when they are
        // asked.
        .AddView("http.server.active_requests", MetricStreamConfiguration.Drop)
        .AddView("http.client.request.duration", MetricStreamConfiguration.Drop)
        .AddView("http.client.active_requests", MetricStreamConfiguration.Drop)
        .AddView("http.client.open_connections", MetricStreamConfiguration.Drop)

        // Addresses of peers come and go; a series for each would stay.
        .AddView(
            "http.client.connection.duration",
            new ExplicitBucketHistogramConfiguration { Boundaries = [1, 10, 60, 240, 600, 3600], ExcludedTagKeys = ["network.peer.address"] })
        .SetExemplarFilter(isTraced ? ExemplarFilterType.TraceBased : ExemplarFilterType.AlwaysOff)
        .AddPrometheusExporter(prometheus =>
        {
            prometheus.ScopeInfoEnabled = false;

            // Two scrapers side by side each see what is the case now, not what the other was told.
            prometheus.ScrapeResponseCacheDurationMilliseconds = 0;
        });

    private static void AddTraces(TracerProviderBuilder tracing, TelemetrySettings settings)
    {
        tracing.AddSource(Spans.ServerSourceName, Spans.SourceName);
        if (settings.TraceSamplingRatio is { } ratio)
        {
            tracing.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(ratio)));
        }
    }

    private static void AddLogging(ILoggingBuilder logging, LoggingSettings settings)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(settings.Level);

        // Two lines a request from each, which the completion line says better.
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        logging.AddFilter("Microsoft.Hosting", LogLevel.Warning);

        // The framework's handler tells of every refusal; the completion line does so, too.
        logging.AddFilter(typeof(VirtualKeyHandler).FullName, LogLevel.Warning);

        // Its lines are the same two; while it may write at all, every request begins a scope and a span for lines that never come.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        logging.AddFilter("Yarp", LogLevel.Error);
        var name = settings.Format == LogFormat.Json ? ConsoleFormatterNames.Json : ConsoleFormatterNames.Simple;
        if (settings.Format == LogFormat.Json)
        {
            logging.AddJsonConsole(console =>
            {
                console.UseUtcTimestamp = true;
                console.TimestampFormat = TimestampFormat;
            });
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }

        // The formatters stay, the provider that came with them goes.
        logging.Services.RemoveAll<ILoggerProvider>();
        logging.Services.AddSingleton<ILoggerProvider>(services => new BatchedConsole(
            services.GetServices<ConsoleFormatter>().Single(formatter => formatter.Name == name), Console.OpenStandardOutput(),
            services.GetRequiredService<TimeProvider>(), isStamped: settings.Format == LogFormat.Console));
    }
}
