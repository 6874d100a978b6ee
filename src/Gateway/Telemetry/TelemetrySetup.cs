using Gateway.Settings;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Metrics;

namespace Gateway.Telemetry;

/// <summary>Meters, exporters and log format.</summary>
internal static class TelemetrySetup
{
    /// <summary>The framework's formatters behind our own writer.</summary>
    private static void UseBatchedConsole(IServiceCollection services)
    {
        services.RemoveAll<ILoggerProvider>();
        services.AddSingleton<ILoggerProvider, BatchedConsole>();
    }

    public static void AddGatewayTelemetry(this IServiceCollection services, ILoggingBuilder logging, LoggingSettings settings)
    {
        services.AddSingleton<GatewayMetrics>();
        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(
                GatewayMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime")
            .AddPrometheusExporter());

        logging.ClearProviders();
        logging.SetMinimumLevel(settings.Level);

        // Two lines a request from each, which the completion line says better.
        logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
        logging.AddFilter("Microsoft.Hosting", LogLevel.Warning);
        logging.AddFilter("Yarp", LogLevel.Error);
        if (settings.Format == LogFormat.Json)
        {
            logging.AddJsonConsole(console => console.UseUtcTimestamp = true);
        }
        else
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            });
        }

        UseBatchedConsole(services);
    }
}
