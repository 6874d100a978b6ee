using System.Globalization;
using Gateway.Limits;
using Gateway.Pipeline;
using Gateway.Providers.Contract;

namespace Gateway.Api;

/// <summary>Headers of every answer, put on as late as possible so that nothing that clears a response loses them.</summary>
internal static class ResponseHeaders
{
    /// <summary>
    /// What a page of an allowed origin may read beyond the safelist of the Fetch standard
    /// (https://fetch.spec.whatwg.org/#cors-safelisted-response-header-name): what a download, a retry or a support request needs.
    /// </summary>
    public static readonly string[] ForPages =
    [
        "x-request-id", "x-upstream-request-id", "x-bifrost-request-id", "x-bifrost-request-type", "x-bifrost-provider",
        "x-bifrost-routing-info-provider", "x-bifrost-routing-info-key", "x-bifrost-upstream-latency-ms", "retry-after", "x-should-retry",
        "content-disposition", "etag", "content-range", "accept-ranges", "age", "warning", "openai-processing-ms",
        "x-ratelimit-limit-requests", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests", "x-ratelimit-limit-tokens",
        "x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens",
    ];

    /// <summary>Registers the headers for the moment the answer starts.</summary>
    public static void Register(HttpContext http) =>
        http.Response.OnStarting(
            static state =>
            {
                var http = (HttpContext)state;
                var exchange = http.Exchange();
                Write(http.Response.Headers, exchange);
                RateHeaders.Write(http.Response.Headers, exchange.Quotas);
                if (exchange is { Operation.Shape: ResponseShape.Content, Error: null })
                {
                    Confine(http.Response);
                }

                return Task.CompletedTask;
            },
            http);

    /// <summary>
    /// A file comes from whoever runs code in the container. Opened in a browser it must not act on the gateway's origin, whatever its type: without
    /// scripts, forms and an origin (https://www.w3.org/TR/CSP3/#directive-sandbox), and saved rather than shown unless the provider says otherwise.
    /// </summary>
    private static void Confine(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'; frame-ancestors 'none'";
        if (response.Headers.ContentDisposition.Count == 0 && response.StatusCode != StatusCodes.Status304NotModified)
        {
            response.Headers.ContentDisposition = "attachment";
        }
    }

    private static void Write(IHeaderDictionary headers, Exchange exchange)
    {
        headers["x-request-id"] = exchange.RequestId;
        headers["x-bifrost-request-id"] = exchange.RequestId;
        if (exchange.Body?.EndsConnection == true)
        {
            headers.Connection = "close";
        }

        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "strict-origin-when-cross-origin";
        if (exchange.Operation is not null || !headers.ContainsKey("Content-Security-Policy"))
        {
            headers.ContentSecurityPolicy = "frame-ancestors 'none'";
        }

        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()";
        if (exchange.Operation is not { } operation)
        {
            return;
        }

        headers["x-bifrost-request-type"] = operation.Name;
        if (exchange is { Cache: { IsHit: true } status, Error: null })
        {
            headers.Age = ((long)status.Age.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            if (status.IsStale)
            {
                headers.Warning = "111 gateway \"Revalidation Failed\"";
            }
        }

        if (exchange.Served is not { } served)
        {
            return;
        }

        headers["x-bifrost-provider"] = Printable(served.Name);
        headers["x-bifrost-routing-info-provider"] = Printable(served.Name);
        headers["x-bifrost-upstream-latency-ms"] = Milliseconds(exchange.UpstreamTime);
        if (exchange.ShownAccount is { } account)
        {
            headers["x-bifrost-routing-info-key"] = Printable(account);
        }

        if (exchange.UpstreamRequestId is { } id)
        {
            headers["x-upstream-request-id"] = id;
        }

        foreach (var (name, value) in exchange.UpstreamHeaders)
        {
            headers[name] = value;
        }
    }

    /// <summary>With three decimals; from whole microseconds, since formatting a floating-point number costs several times as much.</summary>
    private static string Milliseconds(TimeSpan time)
    {
        Span<char> text = stackalloc char[32];
        var (whole, rest) = Math.DivRem(time.Ticks / TimeSpan.TicksPerMicrosecond, 1000);
        whole.TryFormat(text, out var length, default, CultureInfo.InvariantCulture);
        text[length] = '.';
        text[length + 1] = (char)('0' + (rest / 100));
        text[length + 2] = (char)('0' + (rest / 10 % 10));
        text[length + 3] = (char)('0' + (rest % 10));
        return text[..(length + 4)].ToString();
    }

    /// <summary>Operators name providers and keys as they like; a header holds ASCII.</summary>
    private static string Printable(string name) => name.AsSpan().ContainsAnyExceptInRange(' ', '~') ? Uri.EscapeDataString(name) : name;
}
