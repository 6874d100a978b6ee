using Gateway.Access;
using Gateway.Limits;
using Gateway.Settings;
using Gateway.Telemetry;

namespace Gateway.Api;

/// <summary>What a request meets first, in order.</summary>
internal static class ApiSetup
{
    public static void AddApi(this IServiceCollection services, ClientSettings client)
    {
        services.AddSingleton<ExceptionErrors>();
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
        app.UseMiddleware<RequestGuardMiddleware>();
        if (client.AllowedOrigins.Length > 0)
        {
            app.UseCors();
        }

        app.UseMiddleware<RequestDecompressionMiddleware>();
        app.UseRouting();
        app.UseAccess();
        app.UseMiddleware<LimitsMiddleware>();
    }
}
