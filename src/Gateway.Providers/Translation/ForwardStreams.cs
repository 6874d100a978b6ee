using Gateway.Providers.Contract;
using Gateway.Providers.Streams;

namespace Gateway.Providers.Translation;

/// <summary>One stream after the other; disposing leaves them open.</summary>
internal sealed class JoinedStream(params Stream[] parts) : ForwardOnlyStream
{
    private int _current;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (_current < parts.Length)
        {
            if (await parts[_current].ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                return read;
            }

            _current++;
        }

        return 0;
    }
}

/// <summary>Exactly so many bytes of a stream: more are not read, fewer are an error, since a length has been promised.</summary>
internal sealed class ExactStream(Stream inner, long length) : ForwardOnlyStream
{
    private long _left = length;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left == 0 || buffer.IsEmpty)
        {
            return 0;
        }

        var read = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken);
        _left -= read;
        return read > 0 ? read : throw new EndOfStreamException("The source is shorter than promised.");
    }
}

/// <summary>Bytes of unknown number that are followed by zeros up to a length they do not exceed.</summary>
/// <param name="inner">The bytes.</param>
/// <param name="length">Length of the whole.</param>
/// <param name="limit">More bytes than these throw <see cref="TranslationRefusedException"/> (413).</param>
/// <param name="alive">Called for each piece; throws when there is no point in going on.</param>
/// <param name="time">Tells a fast source from a slow one.</param>
internal sealed class PaddedStream(
    Stream inner, long length, long limit, Func<CancellationToken, ValueTask> alive, TimeProvider time) : ForwardOnlyStream
{
    /// <summary>A buffer is filled for so long: whoever reads has limits of its own for how long nothing comes.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(200);

    private long _padded;
    private bool _ended;

    /// <summary>Bytes that came so far.</summary>
    public long Received { get; private set; }

    /// <summary>What went wrong on the side of the bytes: whoever reads them for somebody else may know only that something did.</summary>
    public Exception? Fault { get; private set; }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // Filled to the end: pieces come as small as the network makes them, and each that goes on wakes the one who gets it.
        var filled = 0;
        var started = time.GetTimestamp();
        while (!_ended && filled < buffer.Length && (filled == 0 || time.GetElapsedTime(started) < s_patience))
        {
            var read = await ReceiveAsync(buffer[filled..], cancellationToken);
            filled += read;
            _ended = read == 0;
        }

        if (!_ended || filled > 0)
        {
            return filled;
        }

        var zeros = (int)Math.Min(buffer.Length, length - Received - _padded);
        buffer.Span[..zeros].Clear();
        _padded += zeros;
        return zeros;
    }

    private async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            Received += read;
            if (Received > limit)
            {
                throw TranslatedErrors.FileTooLarge(limit);
            }

            await alive(cancellationToken);
            return read;
        }
        catch (Exception exception)
        {
            Fault = exception;
            throw;
        }
    }
}

/// <summary>
/// A body of known length that arrives once, as a stream that can be positioned before it is read: enough for one range of it. What lies before
/// the range is read and dropped.
/// </summary>
/// <param name="inner">The bytes; exactly <paramref name="length"/> of them, or it ends with an error.</param>
/// <param name="length">Their number.</param>
/// <param name="alive">Called before each piece.</param>
/// <param name="owner">Disposed with the stream.</param>
internal sealed class PositionableBody(
    Stream inner, long length, Func<CancellationToken, ValueTask> alive, IAsyncDisposable owner) : ForwardOnlyStream
{
    private const int SkipPiece = 64 * 1024;

    private readonly ExactStream _exact = new(inner, length);
    private long _wanted;
    private long _at;

    public override bool CanSeek => true;

    public override long Length => length;

    public override long Position
    {
        get => _wanted;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        var target = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => _wanted + offset, _ => length + offset };
        ArgumentOutOfRangeException.ThrowIfLessThan(target, _at, nameof(offset));
        return _wanted = target;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await alive(cancellationToken);
        var dropped = _at < _wanted ? new byte[(int)Math.Min(SkipPiece, _wanted - _at)] : [];
        while (_at < _wanted && _at < length)
        {
            _at += await ReadSomeAsync(dropped.AsMemory(0, (int)Math.Min(dropped.Length, _wanted - _at)), cancellationToken);
        }

        // Pieces can be small where they come from; whoever reads works best with the size of its buffer.
        var read = 0;
        while (read < buffer.Length && _at < length)
        {
            var more = await ReadSomeAsync(buffer[read..], cancellationToken);
            _at += more;
            read += more;
        }

        _wanted = _at;
        return read;
    }

    public override async ValueTask DisposeAsync()
    {
        await owner.DisposeAsync();
        await base.DisposeAsync();
    }

    private async ValueTask<int> ReadSomeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _exact.ReadAsync(buffer, cancellationToken);
        }
        catch (EndOfStreamException exception)
        {
            throw new UpstreamBrokenException(GatewayError.BadUpstream("the file broke off", code: "provider_connection_failed"), exception);
        }
    }
}
