using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Telemetry;
using Microsoft.Extensions.Compliance.Classification;
using Microsoft.Extensions.Compliance.Redaction;

namespace Gateway.Api;

/// <summary>
/// The net under everything: what no stage answered gets the envelope, too. Bodyless refusals of the framework (404, 405, 413 …) and exceptions,
/// which are defects, except for the two ways in which clients break off.
/// </summary>
internal sealed class ExceptionErrors(ILogger<ExceptionErrors> logger, IRedactorProvider redactors)
{
    /// <summary>The error of a refusal without a body, or null when the answer is complete or has begun.</summary>
    public static GatewayError? Unanswered(HttpContext http, Exchange exchange) =>
        http.Response.StatusCode >= 400 && !http.Response.HasStarted && exchange.Error is null ? OfStatus(http) : null;

    /// <summary>What to answer after an exception; one that is a defect is logged.</summary>
    public GatewayError OfException(HttpContext http, Exchange exchange, Exception exception)
    {
        if (exception is BadHttpRequestException bad)
        {
            return ClientFaults.Of(bad);
        }

        if (http.RequestAborted.IsCancellationRequested)
        {
            return Upstream.TransportFailure.ClientLeft.Error;
        }

        if (exception is UpstreamBrokenException broken)
        {
            return broken.Error;
        }

        var redactor = redactors.GetRedactor(new DataClassificationSet(DataClasses.Defect));
        logger.Unexpected(exchange.RequestId, redactor.Redact(exception.ToString()));
        return Defect();
    }

    private static GatewayError OfStatus(HttpContext http) => http.Response.StatusCode switch
    {
        404 => GatewayError.Missing($"no such path: {http.Request.Method} is not answered here; see /docs", code: "unknown_url"),
        405 => GatewayError.Invalid(
            $"{http.Request.Method} is not allowed here; allowed: {http.Response.Headers.Allow}", code: "method_not_allowed", status: 405),
        412 => GatewayError.Invalid(
            "the file is not the one that If-Match or If-Unmodified-Since names", "If-Match", "precondition_failed",
            StatusCodes.Status412PreconditionFailed),
        416 => GatewayError.Invalid(
            $"Range asks for bytes the file does not have (Content-Range: {http.Response.Headers.ContentRange})", "Range", "invalid_range",
            StatusCodes.Status416RangeNotSatisfiable),
        >= 500 => Defect(),
        var status => GatewayError.Invalid($"the request was refused ({status})", code: "bad_request", status: status),
    };

    private static GatewayError Defect() => new()
    {
        Kind = ErrorKind.Internal, Status = 500, Type = "server_error", Code = "internal_error", Message = "internal server error",
    };
}
