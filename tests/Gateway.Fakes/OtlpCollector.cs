using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Gateway.Fakes;

/// <summary>A span as it came over OTLP.</summary>
/// <param name="TraceId">Hexadecimal.</param>
/// <param name="SpanId">Hexadecimal.</param>
/// <param name="ParentId">Hexadecimal; empty for a root.</param>
/// <param name="Name">Name.</param>
/// <param name="Kind">1 internal, 2 server, 3 client.</param>
/// <param name="Status">0 unset, 1 ok, 2 error.</param>
/// <param name="Tags">Attributes as text.</param>
public sealed record OtlpSpan(
    string TraceId, string SpanId, string ParentId, string Name, int Kind, int Status, IReadOnlyDictionary<string, string> Tags);

/// <summary>A log record as it came over OTLP.</summary>
/// <param name="TraceId">Hexadecimal; empty without a trace.</param>
/// <param name="SpanId">Hexadecimal; empty without a trace.</param>
/// <param name="Body">Formatted message.</param>
/// <param name="Tags">Attributes as text.</param>
public sealed record OtlpLog(string TraceId, string SpanId, string Body, IReadOnlyDictionary<string, string> Tags);

/// <summary>A collector on loopback that takes OTLP over HTTP (protobuf), keeps every byte, and reads spans as far as tests need them.</summary>
public sealed class OtlpCollector : IAsyncDisposable
{
    private FakeServer? _server;

    public string Url => _server!.Url;

    /// <summary>Spans so far.</summary>
    public ConcurrentQueue<OtlpSpan> Spans { get; } = new();

    /// <summary>Log records so far.</summary>
    public ConcurrentQueue<OtlpLog> Logs { get; } = new();

    /// <summary>Bodies so far, by path: <c>/v1/traces</c>, <c>/v1/metrics</c>, <c>/v1/logs</c>.</summary>
    public ConcurrentQueue<(string Path, byte[] Body)> Bodies { get; } = new();

    public static async Task<OtlpCollector> StartAsync()
    {
        var collector = new OtlpCollector();
        collector._server = await FakeServer.StartAsync(collector.TakeAsync);
        return collector;
    }

    /// <summary>Whether a text stands in anything that came by this path.</summary>
    public bool Holds(string path, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Bodies.Any(body => body.Path == path && body.Body.AsSpan().IndexOf(bytes) >= 0);
    }

    /// <summary>Waits until a trace has this many spans.</summary>
    public async Task<IReadOnlyList<OtlpSpan>> TraceAsync(string traceId, int count)
    {
        await Until.TrueAsync(
            () => Spans.Count(span => span.TraceId == traceId) >= count,
            $"Trace {traceId} has {Spans.Count(span => span.TraceId == traceId)} spans instead of {count}: "
                + $"{string.Join("; ", Spans.Where(s => s.TraceId == traceId))}");
        return [.. Spans.Where(span => span.TraceId == traceId)];
    }

    public ValueTask DisposeAsync() => _server!.DisposeAsync();

    private static OtlpSpan ReadSpan(ReadOnlyMemory<byte> bytes)
    {
        string trace = "", id = "", parent = "", name = "";
        int kind = 0, status = 0;
        var tags = new Dictionary<string, string>();
        foreach (var (field, value, number) in Fields(bytes))
        {
            switch (field)
            {
                case 1: trace = Convert.ToHexStringLower(value.Span); break;
                case 2: id = Convert.ToHexStringLower(value.Span); break;
                case 4: parent = Convert.ToHexStringLower(value.Span); break;
                case 5: name = Encoding.UTF8.GetString(value.Span); break;
                case 6: kind = (int)number; break;
                case 9: ReadTag(value, tags); break;
                case 15: status = (int)Fields(value).FirstOrDefault(f => f.Field == 3).Number; break;
            }
        }

        return new OtlpSpan(trace, id, parent, name, kind, status, tags);
    }

    private static OtlpLog ReadLog(ReadOnlyMemory<byte> bytes)
    {
        string trace = "", span = "", body = "";
        var tags = new Dictionary<string, string>();
        foreach (var (field, value, _) in Fields(bytes))
        {
            switch (field)
            {
                case 5: body = ReadValue(value); break;
                case 6: ReadTag(value, tags); break;
                case 9: trace = Convert.ToHexStringLower(value.Span); break;
                case 10: span = Convert.ToHexStringLower(value.Span); break;
            }
        }

        return new OtlpLog(trace, span, body, tags);
    }

    private static void ReadTag(ReadOnlyMemory<byte> bytes, Dictionary<string, string> tags)
    {
        var pair = Fields(bytes).ToList();
        tags[Encoding.UTF8.GetString(pair.First(f => f.Field == 1).Bytes.Span)] = ReadValue(pair.First(f => f.Field == 2).Bytes);
    }

    private static string ReadValue(ReadOnlyMemory<byte> any)
    {
        var (field, bytes, number) = Fields(any).FirstOrDefault();
        return field switch
        {
            1 => Encoding.UTF8.GetString(bytes.Span),
            2 => number == 1 ? "true" : "false",
            4 => BitConverter.Int64BitsToDouble(number).ToString(System.Globalization.CultureInfo.InvariantCulture),
            _ => number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
    }

    /// <summary>The fields of a protobuf message: bytes of the length-delimited ones, numbers of the others.</summary>
    private static IEnumerable<(int Field, ReadOnlyMemory<byte> Bytes, long Number)> Fields(ReadOnlyMemory<byte> message)
    {
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message.Span, ref at);
            switch (key & 7)
            {
                case 0:
                    yield return ((int)(key >> 3), default, (long)Varint(message.Span, ref at));
                    break;
                case 1:
                    yield return ((int)(key >> 3), default, BinaryPrimitives.ReadInt64LittleEndian(message.Span[at..]));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint(message.Span, ref at);
                    yield return ((int)(key >> 3), message.Slice(at, length), 0);
                    at += length;
                    break;
                default:
                    yield return ((int)(key >> 3), default, BinaryPrimitives.ReadInt32LittleEndian(message.Span[at..]));
                    at += 4;
                    break;
            }
        }
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    /// <summary>What the scopes of the resources hold; traces and logs are built alike.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Records(byte[] body) =>
        Fields(body).Where(f => f.Field == 1).SelectMany(resource => Fields(resource.Bytes).Where(f => f.Field == 2))
            .SelectMany(scope => Fields(scope.Bytes).Where(f => f.Field == 2)).Select(record => record.Bytes);

    private async Task TakeAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        var body = buffer.ToArray();
        Bodies.Enqueue((http.Request.Path.Value!, body));
        if (http.Request.Path == "/v1/traces")
        {
            foreach (var span in Records(body))
            {
                Spans.Enqueue(ReadSpan(span));
            }
        }
        else if (http.Request.Path == "/v1/logs")
        {
            foreach (var log in Records(body))
            {
                Logs.Enqueue(ReadLog(log));
            }
        }

        http.Response.ContentType = "application/x-protobuf";
    }
}
