using Gateway.Providers.Contract;
using Microsoft.AspNetCore.Connections.Features;

namespace Gateway.Api;

/// <summary>Refuses requests that another reader on the way may have taken for something else, and ends the connection behind them.</summary>
internal static class Framing
{
    /// <summary>The error for a request whose framing or method is not exactly one, or null.</summary>
    public static GatewayError? Refusal(HttpContext http)
    {
        var codings = http.Request.Headers.TransferEncoding;
        if (codings.Count > 0)
        {
            // RFC 9112 §6.1: a server may refuse a coding it does not know, and HTTP/1.0 has none. What follows such a request may be its own body.
            if (codings.Count > 1 || !string.Equals(codings[0], "chunked", StringComparison.OrdinalIgnoreCase))
            {
                CloseAfterwards(http);
                return GatewayError.Invalid("Transfer-Encoding must be a single \"chunked\"", "Transfer-Encoding", "bad_request");
            }

            if (HttpProtocol.IsHttp10(http.Request.Protocol) || HttpProtocol.IsHttp09(http.Request.Protocol))
            {
                CloseAfterwards(http);
                return GatewayError.Invalid("HTTP/1.0 has no Transfer-Encoding", "Transfer-Encoding", "bad_request");
            }
        }

        // RFC 9110 §9.1: methods are case-sensitive. Routing would take "get" for GET.
        var method = http.Request.Method;
        return method == HttpMethods.GetCanonicalizedValue(method)
            ? null
            : GatewayError.Invalid(
                $"the method {method} is not known; methods are case-sensitive", code: "unknown_method", status: StatusCodes.Status501NotImplemented);
    }

    /// <summary>
    /// Whether the request has its connection to itself, as in HTTP/1.1. A stream of HTTP/2 shares one: it ends alone, and has no header about the
    /// connection (RFC 9113 §8.2.2).
    /// </summary>
    public static bool OwnsConnection(HttpContext http) => !HttpProtocol.IsHttp2(http.Request.Protocol);

    /// <summary>
    /// Ends the connection once this request is answered, and in HTTP/2 all others that it carries (GOAWAY, RFC 9113 §6.8).
    /// </summary>
    public static void CloseAfterwards(HttpContext http)
    {
        if (!OwnsConnection(http))
        {
            http.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
            return;
        }

        // Put on last, since what writes an answer may clear its headers first.
        http.Response.OnStarting(
            static state =>
            {
                ((HttpResponse)state).Headers.Connection = "close";
                return Task.CompletedTask;
            },
            http.Response);
    }
}
