using Gateway.Path;
using Gateway.Settings;
using Gateway.Telemetry;

namespace Gateway.Surface;

/// <summary>What a request meets first, in order.</summary>
internal static class SurfaceSetup
{
    public static void AddSurface(this IServiceCollection services, ClientSettings client)
    {
        services.AddRequestDecompression();
        if (client.AllowedOrigins.Length > 0)
        {
            services.AddCors(cors => cors.AddDefaultPolicy(policy =>
            {
                policy.WithOrigins([.. client.AllowedOrigins]).SetIsOriginAllowedToAllowWildcardSubdomains().AllowAnyHeader().AllowAnyMethod()
                    .WithExposedHeaders("x-request-id", "retry-after").SetPreflightMaxAge(TimeSpan.FromDays(1));
            }));
        }
    }

    /// <summary>The log book begins, the answer's headers are promised, and the completion line is certain to be written.</summary>
    public static void UseExchange(this WebApplication app)
    {
        var settings = app.Services.GetRequiredService<SettingsSource>();
        var time = app.Services.GetRequiredService<TimeProvider>();
        app.Use(next => http =>
        {
            var exchange = new Exchange(RequestIds.Of(http), settings.Current, time);
            http.Features.Set(exchange);
            ResponseHeaders.Register(http);
            return next(http);
        });
        app.UseMiddleware<CompletionLog>();
        app.UseMiddleware<ErrorNet>();
    }

    public static void UseSurface(this WebApplication app, ClientSettings client)
    {
        app.UseMiddleware<RequestGuard>();
        if (client.AllowedOrigins.Length > 0)
        {
            app.UseCors();
        }

        app.UseMiddleware<EncodedBodies>();
        app.UseRouting();
    }
}
