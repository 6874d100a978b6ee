using System.Buffers;
using System.Text.Json;
using Gateway.Accounts;
using Gateway.Api;
using Gateway.Ledger;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Redis;
using Gateway.Settings;
using Gateway.Telemetry;
using OpenTelemetry.Metrics;

namespace Gateway.Hosting;

/// <summary>The admin listener: metrics and health. Small, without a router, because it must answer when nothing else does.</summary>
internal static class AdminEndpoints
{
    public static void UseAdmin(this WebApplication app)
    {
        app.MapWhen(Listener.IsAdminOf, admin =>
        {
            admin.UseNoTelemetry();
            admin.Use(next => http => Refusal(http) is { } error ? RefuseAsync(http, error) : next(http));
            if (app.Services.GetService<MeterProvider>() is not null)
            {
                admin.UseOpenTelemetryPrometheusScrapingEndpoint("/metrics");
            }

            admin.Run(AnswerAsync);
        });
    }

    private static Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Method is not ("GET" or "HEAD"))
        {
            http.Response.Headers.Allow = "GET, HEAD";
            http.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return Task.CompletedTask;
        }

        var ready = http.RequestServices.GetRequiredService<Readiness>().IsReady;
        switch (http.Request.Path.Value)
        {
            case "/livez":
                return WriteAsync(http, StatusCodes.Status200OK, writer => writer.WriteString("status"u8, "ok"u8));
            case "/readyz":
                return WriteAsync(
                    http, ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable, writer => Details(writer, http, ready));
            case "/health":
                // Bifrost's shape, which its health checks read; there is no database to ping.
                return WriteAsync(http, StatusCodes.Status200OK, writer =>
                {
                    writer.WriteStartObject("components"u8);
                    writer.WriteString("db_pings"u8, "disabled"u8);
                    writer.WriteEndObject();
                    writer.WriteString("status"u8, "ok"u8);
                });
            case "/explain":
                return ExplainAsync(http);
            default:
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
        }
    }

    private static ServerSettings Server(HttpContext http) => http.RequestServices.GetRequiredService<SettingsSource>().Current.Server;

    private static GatewayError? Refusal(HttpContext http) =>
        Framing.Refusal(http) ?? HostRule.Refusal(http, Server(http).AllowedHosts) ?? AdminAccess.Refusal(http, Server(http));

    private static Task RefuseAsync(HttpContext http, GatewayError error)
    {
        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
        }

        return WriteAsync(http, error.Status, writer => Describe(writer, error));
    }

    private static void Describe(Utf8JsonWriter writer, GatewayError error)
    {
        writer.WriteStartObject("error"u8);
        writer.WriteString("type"u8, error.Type);
        writer.WriteString("code"u8, error.Code);
        writer.WriteString("message"u8, error.Message);
        writer.WriteString("param"u8, error.Param);
        writer.WriteEndObject();
    }

    private static void Details(Utf8JsonWriter writer, HttpContext http, bool ready)
    {
        var settings = http.RequestServices.GetRequiredService<SettingsSource>().Current;
        writer.WriteString(
            "status"u8, ready ? "ready"u8 : http.RequestServices.GetRequiredService<Readiness>().IsDraining ? "draining"u8 : "starting"u8);
        if (!AdminAccess.IsTrusted(http, settings.Server))
        {
            return;
        }

        writer.WriteString("config_revision"u8, settings.Revision);
        if (http.RequestServices.GetRequiredService<LiveSettings>().State.RefusedBecause is { } reason)
        {
            writer.WriteString("config_refused"u8, reason);
        }

        if (http.RequestServices.GetRequiredService<ServerTls>().Identity is { } tls)
        {
            writer.WriteString("certificate_expires"u8, tls.Chain[0].NotAfter.ToUniversalTime());
        }

        var registry = http.RequestServices.GetRequiredService<ProviderRegistry>();
        writer.WriteStartObject("providers"u8);
        foreach (var provider in settings.Providers.Values.OrderBy(provider => provider.Name, StringComparer.Ordinal))
        {
            var isFull = registry.Find(provider.Name) is IUsesDisk { Disk.IsFull: true };
            writer.WriteString(provider.Name, provider.Unavailable ?? (isFull ? "storage_full" : "available"));
        }

        writer.WriteEndObject();
        WriteActivities(writer, http, settings);
        WriteAccounts(writer, http, settings);
        var ledger = http.RequestServices.GetRequiredService<ILedger>().Health;
        writer.WriteString("ledger"u8, ledger.State == LedgerState.Ok ? "ok"u8 : "degraded"u8);
        if (http.RequestServices.GetService<RedisConnection>() is { } redis)
        {
            writer.WriteString("redis"u8, redis.State);
        }
    }

    private static void WriteActivities(Utf8JsonWriter writer, HttpContext http, GatewaySettings settings)
    {
        var registry = http.RequestServices.GetRequiredService<ProviderRegistry>();
        writer.WriteStartObject("activity"u8);
        foreach (var provider in settings.Providers.Values.OrderBy(provider => provider.Name, StringComparer.Ordinal))
        {
            foreach (var (name, activity) in ActivityLog.Of(provider, registry))
            {
                if (activity is not null)
                {
                    writer.WriteString(name, activity.Text);
                }
            }
        }

        writer.WriteEndObject();
    }

    private static void WriteAccounts(Utf8JsonWriter writer, HttpContext http, GatewaySettings settings)
    {
        var health = http.RequestServices.GetRequiredService<AccountHealth>();
        writer.WriteStartArray("accounts"u8);
        foreach (var provider in settings.Providers.Values.OrderBy(provider => provider.Name, StringComparer.Ordinal))
        {
            foreach (var account in provider.Accounts)
            {
                writer.WriteStartObject();
                writer.WriteString("provider"u8, provider.Name);
                writer.WriteString("key"u8, account.Name);
                AccountPage.WriteState(writer, health, provider, account);
                writer.WriteEndObject();
            }
        }

        writer.WriteEndArray();
    }

    private static async Task ExplainAsync(HttpContext http)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        await using var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true });
        writer.WriteStartObject();
        var status = await http.RequestServices.GetRequiredService<Explain>().WriteAsync(writer, http.Request.Query, http.RequestAborted);
        writer.WriteEndObject();
        await writer.FlushAsync(http.RequestAborted);
        await SendAsync(http, status, buffer);
    }

    private static Task WriteAsync(HttpContext http, int status, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return SendAsync(http, status, buffer);
    }

    private static Task SendAsync(HttpContext http, int status, ArrayBufferWriter<byte> buffer)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.ContentLength = buffer.WrittenCount;
        return http.Request.Method == "HEAD" ? Task.CompletedTask : http.Response.Body.WriteAsync(buffer.WrittenMemory).AsTask();
    }
}
