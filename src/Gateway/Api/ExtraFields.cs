using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Telemetry;

namespace Gateway.Api;

/// <summary><c>extra_fields</c>: the exchange as a client sees it, in the members Bifrost's clients read.</summary>
internal static class ExtraFields
{
    public static readonly JsonWriterOptions WriterOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? t_writer;

    /// <summary>The complete member <c>"extra_fields":{…}</c>; valid until the next call on this thread.</summary>
    public static ReadOnlySpan<byte> Member(Exchange exchange)
    {
        var buffer = t_buffer ??= new ArrayBufferWriter<byte>(512);
        buffer.ResetWrittenCount();
        var writer = t_writer ??= new Utf8JsonWriter(buffer, WriterOptions);
        writer.Reset(buffer);
        writer.WriteStartObject();
        WriteTo(writer, exchange, null);
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenSpan[1..^1];
    }

    /// <summary>Writes the member into an object.</summary>
    public static void WriteTo(Utf8JsonWriter writer, Exchange exchange, GatewayError? error)
    {
        writer.WriteStartObject("extra_fields"u8);
        if (exchange.Operation is { } operation)
        {
            writer.WriteString("request_type"u8, operation.Name);
        }

        if (exchange.Provider is { } provider)
        {
            writer.WriteString("provider"u8, provider);
        }

        if (exchange.Operation is not null)
        {
            writer.WriteNumber("latency"u8, (long)exchange.UpstreamTime.TotalMilliseconds);
        }

        if (error is null)
        {
            writer.WriteNumber("chunk_index"u8, 0);
            WriteCache(writer, exchange);
        }
        else
        {
            writer.WriteString("error_type"u8, ErrorTypes.Of(error));
            if (error.RetryAfter is { } wait)
            {
                writer.WriteNumber("retry_after"u8, (long)wait.TotalMilliseconds);
            }
        }

        WriteRouting(writer, exchange);
        WriteParts(
            writer, error is null ? exchange.Missing : [.. exchange.Missing, .. exchange.Unasked], exchange.Directives.Caller.SeesAccounts);
        WriteRaw(writer, exchange);
        writer.WriteEndObject();
    }

    private static void WriteRouting(Utf8JsonWriter writer, Exchange exchange)
    {
        if (exchange.Served is not { } served)
        {
            return;
        }

        writer.WriteStartObject("routing_info"u8);
        writer.WriteString("provider"u8, served.Name);
        if (exchange.ShownAccount is { } account)
        {
            writer.WriteString("key"u8, account);
        }

        if (exchange.Trail.Count > 1)
        {
            writer.WriteNumber("attempts"u8, exchange.Trail.Count);
        }

        writer.WriteEndObject();
    }

    private static void WriteCache(Utf8JsonWriter writer, Exchange exchange)
    {
        if (exchange.Cache is not { } status)
        {
            return;
        }

        writer.WriteStartObject("cache_debug"u8);
        writer.WriteBoolean("cache_hit"u8, status.IsHit);
        if (status.Id is { } id)
        {
            writer.WriteString("cache_id"u8, id);
            writer.WriteNumber("age_ms"u8, (long)status.Age.TotalMilliseconds);
            writer.WriteNumber("ttl_ms"u8, (long)status.Ttl.TotalMilliseconds);
        }

        if (status.IsStale)
        {
            writer.WriteBoolean("stale"u8, true);
        }

        writer.WriteEndObject();
    }

    /// <summary>Whose answer is not in the reply.</summary>
    private static void WriteParts(Utf8JsonWriter writer, IReadOnlyList<MissingPart> parts, bool namesAccounts)
    {
        if (parts.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("partial"u8);
        foreach (var part in parts)
        {
            writer.WriteStartObject();
            writer.WriteString("provider"u8, part.Provider);
            if (namesAccounts && part.Account is not null)
            {
                writer.WriteString("key"u8, part.Account);
            }

            writer.WriteString("error_type"u8, ErrorTypes.Of(part.Error));
            writer.WriteString("message"u8, part.Error.Message);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteRaw(Utf8JsonWriter writer, Exchange exchange)
    {
        if (exchange.EchoRequest && exchange.RawRequest is { } request)
        {
            writer.WritePropertyName("raw_request"u8);
            RawEcho.WriteTo(writer, request);
        }

        if (exchange.EchoResponse && exchange.RawResponse is { } response)
        {
            writer.WritePropertyName("raw_response"u8);
            RawEcho.WriteTo(writer, response);
        }
    }
}
