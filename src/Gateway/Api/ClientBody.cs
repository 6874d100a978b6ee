using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Gateway.Providers.Contract;
using Gateway.Providers.Streams;
using Gateway.Settings;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Gateway.Api;

/// <summary>
/// The request's body as it arrives, bounded in size and in time. These bounds and not Kestrel's, since what Kestrel refuses it can read no further,
/// and a client that is still sending while the connection closes finds a broken pipe instead of the answer. Here the rest is discarded first
/// (RFC 9112 §9.6 on closing in stages).
/// </summary>
internal sealed class ClientBody : ForwardOnlyStream
{
    /// <summary>Most bytes that are discarded behind an answer.</summary>
    public const long MaxDiscarded = 64 * 1024 * 1024;

    /// <summary>Longest time of discarding.</summary>
    public static readonly TimeSpan MaxDiscarding = TimeSpan.FromSeconds(10);

    private readonly HttpContext _http;
    private readonly PipeReader _reader;
    private readonly BodyPace _pace;
    private readonly TimeProvider _time;
    private readonly BodyMemory _memory;
    private readonly long _room;
    private readonly long? _declared;
    private readonly bool _waitsForContinue;
    private readonly bool _ownsConnection;
    private long _limit = long.MaxValue;
    private bool _isComplete;
    private long _held;

    private ClientBody(HttpContext http, ClientSettings client, BodyMemory memory, TimeProvider time)
    {
        _http = http;
        _reader = http.Request.BodyReader;
        _pace = new BodyPace(_reader, client, time);
        _time = time;
        _memory = memory;
        _room = client.MaxBufferedBytes;
        _declared = http.Request.ContentLength;
        _ownsConnection = Framing.OwnsConnection(http);
        _waitsForContinue = http.Request.Headers.Expect.ToString().Contains("100-continue", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Bytes taken so far, before any decompression.</summary>
    public long Received { get; private set; }

    /// <summary>
    /// Whether the connection ends with the answer: what is left of the body cannot be discarded, comes too slowly, or is not sent at all by a client
    /// that waits to be asked for it (RFC 9110 §10.1.1) and may send its next request instead.
    /// </summary>
    public bool EndsConnection =>
        _ownsConnection && !_isComplete
        && (_pace.Fault is not null || IsUnasked || (_declared is { } declared && declared - Received > MaxDiscarded));

    private bool IsUnasked => _waitsForContinue && !_pace.HasBegun;

    /// <summary>Makes it the body of a request that has one; null for any other request.</summary>
    public static ClientBody? Begin(HttpContext http, ClientSettings client, BodyMemory memory, TimeProvider time)
    {
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is not { CanHaveBody: true })
        {
            return null;
        }

        var body = new ClientBody(http, client, memory, time);
        http.Request.Body = body;
        LimitKestrel(http, limit: null);
        return body;
    }

    /// <summary>Sets the most bytes that may arrive; the error when the client has announced more.</summary>
    public GatewayError? Limit(long limit)
    {
        _limit = limit;
        return _declared > limit ? BodyReader.TooLarge(limit) : null;
    }

    /// <summary>A reader holds so many bytes of it, unpacked, until the request is over; false when there is no room for them.</summary>
    public bool TryHold(long bytes)
    {
        var more = bytes - BodyMemory.Free - _held;
        if (more <= 0)
        {
            return true;
        }

        if (!_memory.TryTake(more, _room))
        {
            return false;
        }

        _held += more;
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var result = await (_ownsConnection ? _pace.ReadAsync(cancellationToken) : ReceiveAsync(cancellationToken));
            var count = (int)Math.Min(buffer.Length, result.Buffer.Length);
            result.Buffer.Slice(0, count).CopyTo(buffer.Span);
            Advance(result, result.Buffer.GetPosition(count));
            if (count > 0 || result.IsCompleted || (buffer.IsEmpty && !result.IsCanceled))
            {
                return Received <= _limit ? count : throw new InvalidUploadException(BodyReader.TooLarge(_limit));
            }
        }
    }

    /// <summary>A stream that its client resets fails with whatever Kestrel ended it for; what it means is that the client left.</summary>
    private async ValueTask<ReadResult> ReceiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _pace.ReadAsync(cancellationToken);
        }
        catch (IOException reset) when (reset is not (InvalidUploadException or BadHttpRequestException))
        {
            throw new ConnectionResetException("The client reset its stream.", reset);
        }
    }

    /// <summary>
    /// The request is over: discards what is still to come, or ends the connection. Over HTTP/2 that ends the stream, and Kestrel tells the sender to
    /// stop (RFC 9113 §8.1); not every client reads an answer in front of that word, so most of what is on its way is taken there, too.
    /// </summary>
    public async ValueTask EndAsync()
    {
        _pace.Dispose();
        _memory.GiveBack(_held);
        if (_isComplete || (!_ownsConnection && (IsUnasked || _pace.Fault is not null)))
        {
            return;
        }

        if (IsUnasked)
        {
            // Nothing is on its way. Kestrel closes a connection without waiting when a body it has not begun to read is too large.
            LimitKestrel(_http, limit: 0);
            return;
        }

        try
        {
            await DiscardAsync();
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or InvalidOperationException or AggregateException)
        {
            // The body is broken or the connection gone; Kestrel meets the same end and closes. What it tells of a stream that was reset is wrapped.
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _pace.Dispose();
        }

        base.Dispose(disposing);
    }

    private static void LimitKestrel(HttpContext http, long? limit)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = limit;
        }
    }

    private async ValueTask DiscardAsync()
    {
        while (_reader.TryRead(out var result))
        {
            Advance(result, result.Buffer.End);
            if (_isComplete)
            {
                return;
            }
        }

        await _http.Response.CompleteAsync();
        using var limit = new CancellationTokenSource(MaxDiscarding, _time);
        await using var registration = limit.Token.UnsafeRegister(static reader => PendingRead.Cancel((PipeReader)reader!), _reader);
        for (var end = Received + MaxDiscarded; !_isComplete;)
        {
            if (limit.IsCancellationRequested || Received > end)
            {
                if (_ownsConnection)
                {
                    _http.Abort();
                }

                return;
            }

            var result = await _reader.ReadAsync(CancellationToken.None);
            Advance(result, result.Buffer.End);
        }
    }

    private void Advance(ReadResult result, SequencePosition consumed)
    {
        var count = result.Buffer.Slice(0, consumed).Length;
        _isComplete = result.IsCompleted && count == result.Buffer.Length;
        Received += count;
        _pace.Count(count);
        _reader.AdvanceTo(consumed);
    }
}
