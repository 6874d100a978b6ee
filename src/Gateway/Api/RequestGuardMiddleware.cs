using Gateway.Hosting;
using Gateway.Providers.Contract;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Gateway.Api;

/// <summary>
/// Refuses, before routing, requests under another's name or from another's page, and those that mean different things to different readers.
/// </summary>
internal sealed class RequestGuardMiddleware(RequestDelegate next, IOptions<CorsOptions> cors)
{
    private readonly CorsPolicy? _origins = cors.Value.GetPolicy(cors.Value.DefaultPolicyName);

    public Task InvokeAsync(HttpContext http) =>
        Refusal(http) is { } error ? ErrorWriter.WriteAsync(http, error) : next(http);

    private GatewayError? Refusal(HttpContext http) =>
        Framing.Refusal(http)
        ?? HostRule.Refusal(http, http.Exchange().Settings.Server.AllowedHosts)
        ?? OriginRule.Refusal(http.Request, _origins)
        ?? PathRefusal(http);

    private static GatewayError? PathRefusal(HttpContext http)
    {
        var segments = TargetPath.Segments(http.Features.Get<IHttpRequestFeature>()!.RawTarget);
        http.Exchange().Segments = segments;
        for (var i = 0; i < segments.Count; i++)
        {
            if (segments[i] is "." or "..")
            {
                return Refused(segments, i, "dot segments are not allowed");
            }

            if (segments[i] is null)
            {
                return Refused(segments, i, "must be valid UTF-8");
            }
        }

        return null;
    }

    private static GatewayError Refused(List<string?> segments, int index, string reason)
    {
        var param = Param(segments, index);
        var message = $"invalid {param ?? "path"}: {reason}";
        return param == "file_id" ? GatewayError.Missing(message, param, "invalid_id") : GatewayError.Invalid(message, param, "invalid_id");
    }

    private static string? Param(List<string?> segments, int index) => (index - segments.IndexOf("containers")) switch
    {
        1 when segments.Contains("containers") => "container_id",
        3 when segments.Contains("containers") => "file_id",
        _ => null,
    };
}
