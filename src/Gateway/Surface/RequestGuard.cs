using Gateway.Path;
using Gateway.Providers.Contract;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Surface;

/// <summary>Refuses, before routing, requests whose path or framing means different things to different readers.</summary>
internal sealed class RequestGuard(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http) =>
        Refusal(http) is { } error ? ErrorWriter.WriteAsync(http, error) : next(http);

    private static GatewayError? Refusal(HttpContext http)
    {
        var encodings = http.Request.Headers.TransferEncoding;
        if (encodings.Count > 1 || (encodings.Count == 1 && !string.Equals(encodings[0], "chunked", StringComparison.OrdinalIgnoreCase)))
        {
            return GatewayError.Invalid("Transfer-Encoding must be a single \"chunked\"", "Transfer-Encoding", "bad_request");
        }

        var segments = TargetPath.Segments(http.Features.Get<IHttpRequestFeature>()!.RawTarget);
        Exchange.Of(http).Segments = segments;
        for (var i = 0; i < segments.Count; i++)
        {
            if (segments[i] is "." or "..")
            {
                return GatewayError.Invalid($"invalid {Place(segments, i)}: dot segments are not allowed", Param(segments, i), "invalid_id");
            }

            if (segments[i] is null)
            {
                return GatewayError.Invalid($"invalid {Place(segments, i)}: must be valid UTF-8", Param(segments, i), "invalid_id");
            }
        }

        return null;
    }

    private static string Place(List<string?> segments, int index) => Param(segments, index) ?? "path";

    private static string? Param(List<string?> segments, int index) => (index - segments.IndexOf("containers")) switch
    {
        1 when segments.Contains("containers") => "container_id",
        3 when segments.Contains("containers") => "file_id",
        _ => null,
    };
}
