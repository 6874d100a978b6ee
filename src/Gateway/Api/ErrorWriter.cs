using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Gateway.Pipeline;
using Gateway.Providers.Contract;

namespace Gateway.Api;

/// <summary>The one envelope of every error, readable by OpenAI's SDKs and by Bifrost's clients alike.</summary>
internal static class ErrorWriter
{
    /// <summary>Writes the error, unless the answer has begun (then the connection is cut, so that nobody takes a part for the whole).</summary>
    public static async Task WriteAsync(HttpContext http, GatewayError error)
    {
        var exchange = http.Exchange();
        exchange.Error = error;
        if (http.Response.HasStarted)
        {
            http.Abort();
            return;
        }

        if (error.Kind == ErrorKind.Cancelled && http.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        var allow = http.Response.Headers.Allow;
        var range = error.Status == StatusCodes.Status416RangeNotSatisfiable ? http.Response.Headers.ContentRange : default;
        http.Response.Clear();
        http.Response.StatusCode = error.Status;
        http.Response.ContentType = "application/json";
        http.Response.Headers.CacheControl = "no-store";
        if (allow.Count > 0)
        {
            http.Response.Headers.Allow = allow;
        }

        if (range.Count > 0)
        {
            // How long the file is (RFC 9110 §14.4), which is what a client needs to go on.
            http.Response.Headers.ContentRange = range;
        }

        if (error.Status == StatusCodes.Status401Unauthorized)
        {
            // RFC 9110 §11.6.1: such an answer names a way to come in.
            http.Response.Headers.WWWAuthenticate = "Bearer";
        }

        WriteRetryHeaders(http.Response.Headers, error);
        var body = Body(exchange, error);
        http.Response.ContentLength = body.Length;
        await http.Response.BodyWriter.WriteAsync(body, CancellationToken.None);
    }

    /// <summary>
    /// SDKs repeat 408, 409, 429 and 5xx by themselves; <c>x-should-retry</c> keeps them from repeating what would do harm or cannot help.
    /// </summary>
    private static void WriteRetryHeaders(IHeaderDictionary headers, GatewayError error)
    {
        if (error.RetryAfter is { } wait)
        {
            headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            headers["retry-after-ms"] = Math.Ceiling(wait.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
        }
        else if (error.Status == 503 && error.Retryable != false)
        {
            headers.RetryAfter = "1";
        }

        if (error.Retryable == false)
        {
            headers["x-should-retry"] = "false";
        }
    }

    /// <summary>Whether the gateway itself has ended the call, and not an upstream by what it said.</summary>
    private static bool IsOurs(GatewayError error) =>
        error is { UpstreamStatus: null, Kind: ErrorKind.Deadline or ErrorKind.Cancelled or ErrorKind.Internal or ErrorKind.Capacity };

    private static ReadOnlyMemory<byte> Body(Exchange exchange, GatewayError error)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var writer = new Utf8JsonWriter(buffer, ExtraFields.WriterOptions);
        writer.WriteStartObject();
        writer.WriteString("event_id"u8, exchange.RequestId);
        if (error.Kind == ErrorKind.Denied)
        {
            // Where Bifrost's clients look for it.
            writer.WriteString("type"u8, error.Type);
        }

        writer.WriteBoolean("is_bifrost_error"u8, IsOurs(error));
        writer.WriteNumber("status_code"u8, error.Status);
        writer.WriteStartObject("error"u8);
        writer.WriteString("type"u8, error.Type);
        writer.WriteString("code"u8, error.Code);
        writer.WriteString("message"u8, error.Message);
        writer.WriteString("param"u8, error.Param);
        writer.WriteEndObject();
        ExtraFields.WriteTo(writer, exchange, error);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }
}
