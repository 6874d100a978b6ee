using Gateway.Path;
using Gateway.Providers.Contract;
using Gateway.Telemetry;

namespace Gateway.Surface;

/// <summary>
/// The net under everything: what no stage answered gets the envelope, too. Bodyless refusals of the framework (404, 405, 413 …) and exceptions,
/// which are defects, except for the two ways in which clients break off.
/// </summary>
internal sealed class ErrorNet(RequestDelegate next, ILogger<ErrorNet> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (!http.Response.HasStarted && http.Response.StatusCode >= 400 && Exchange.Of(http).Error is null)
            {
                await ErrorWriter.WriteAsync(http, OfStatus(http));
            }
        }
        catch (Exception exception)
        {
            await ErrorWriter.WriteAsync(http, OfException(http, exception));
        }
    }

    private static GatewayError OfStatus(HttpContext http) => http.Response.StatusCode switch
    {
        404 => GatewayError.Missing($"no such path: {http.Request.Method} is not answered here; see /docs", code: "unknown_url"),
        405 => GatewayError.Invalid(
            $"{http.Request.Method} is not allowed here; allowed: {http.Response.Headers.Allow}", code: "method_not_allowed", status: 405),
        >= 500 => Defect(),
        var status => GatewayError.Invalid($"the request was refused ({status})", code: "bad_request", status: status),
    };

    private GatewayError OfException(HttpContext http, Exception exception)
    {
        if (exception is BadHttpRequestException bad)
        {
            return ClientFaults.Of(bad);
        }

        if (http.RequestAborted.IsCancellationRequested)
        {
            return Upstream.HopFault.ClientLeft.Error;
        }

        if (exception is UpstreamBrokenException broken)
        {
            return broken.Error;
        }

        logger.Unexpected(exception, Exchange.Of(http).RequestId);
        return Defect();
    }

    private static GatewayError Defect() => new()
    {
        Kind = ErrorKind.Internal, Status = 500, Type = "server_error", Code = "internal_error", Message = "internal server error",
    };
}
