using Gateway.Settings;
using Gateway.Telemetry;

namespace Gateway.Surface;

/// <summary>What a request meets first, in order.</summary>
internal static class SurfaceSetup
{
    public static void AddSurface(this IServiceCollection services, ClientSettings client)
    {
        services.AddSingleton<ErrorNet>();
        services.AddSingleton<BodyMemory>();
        services.AddSingleton<CompletionLog>();
        services.AddRequestDecompression();
        if (client.AllowedOrigins.Length > 0)
        {
            services.AddCors(cors => cors.AddDefaultPolicy(policy =>
            {
                policy.WithOrigins([.. client.AllowedOrigins]).SetIsOriginAllowedToAllowWildcardSubdomains().AllowAnyHeader().AllowAnyMethod()
                    .WithExposedHeaders(ResponseHeaders.ForPages).SetPreflightMaxAge(TimeSpan.FromDays(1));
            }));
        }
    }

    public static void UseSurface(this WebApplication app, ClientSettings client)
    {
        app.UseMiddleware<ExchangeMiddleware>();
        app.UseMiddleware<RequestGuard>();
        if (client.AllowedOrigins.Length > 0)
        {
            app.UseCors();
        }

        app.UseMiddleware<EncodedBodies>();
        app.UseRouting();
    }
}
