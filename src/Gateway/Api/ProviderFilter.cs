using System.Runtime.CompilerServices;
using System.Text;
using Gateway.Providers.Contract;
using Gateway.Providers.Streams;

namespace Gateway.Api;

/// <summary>
/// A multipart body on its way upstream, less the <c>provider</c> fields behind its file: they are the gateway's own. Holds back no more than what
/// may be the beginning of such a field. Where the length was promised, empty lines behind the last boundary make up for what was cut: nobody reads
/// them (RFC 2046 §5.1.1), and the promise holds without knowing beforehand what follows the file.
/// </summary>
/// <param name="inner">The body.</param>
/// <param name="boundary">Its boundary.</param>
/// <param name="untouched">Bytes at its beginning that are passed on as they are: up to the line break in front of the file's content.</param>
/// <param name="keepsLength">Whether its length must stay.</param>
/// <param name="check">What is wrong with a value of the field, or null.</param>
internal sealed class ProviderFilter(
    Stream inner, string boundary, int untouched, bool keepsLength, Func<string, GatewayError?> check) : ForwardOnlyStream
{
    /// <summary>Most bytes taken at a time.</summary>
    private const int PieceSize = 64 * 1024;

    /// <summary>A piece behind what was held back of the one before. Also the most bytes such a field may have, with its headers.</summary>
    private const int BufferSize = PieceSize + (4 * 1024);

    private readonly byte[] _delimiter = Encoding.ASCII.GetBytes("\r\n--" + boundary);

    /// <summary>What is held back, and what came behind it.</summary>
    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>How many of the bytes from the start on may leave.</summary>
    private int _clear;
    private int _untouched = untouched;
    private State _state = State.Content;

    /// <summary>Where a provider's value begins, counted from the delimiter in front of it.</summary>
    private int _value;
    private int _cut;
    private int _padded;
    private bool _ended;

    private enum State
    {
        /// <summary>Content of a part.</summary>
        Content,

        /// <summary>The bytes begin with what looks like a delimiter; which part it begins is not known yet.</summary>
        Delimiter,

        /// <summary>They begin with a provider field whose end has not come yet.</summary>
        Provider,

        /// <summary>Behind the last boundary.</summary>
        Epilogue,
    }

    private ReadOnlySpan<byte> Bytes => _buffer.AsSpan(_start.._end);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        // Nearly all of a file passes here, scanned where it lies; the rest is copied.
        if (Bytes.IsEmpty && !_ended && _state is State.Content or State.Epilogue)
        {
            var piece = buffer[..Math.Min(buffer.Length, PieceSize)];
            var read = await inner.ReadAsync(piece, cancellationToken);
            _ended = read == 0;
            var passes = Pass(piece.Span[..read]);
            if (passes > 0)
            {
                return passes;
            }
        }

        while (_clear == 0)
        {
            if (TryAdvance())
            {
                continue;
            }

            if (_ended)
            {
                return Pad(buffer.Span);
            }

            await ReceiveAsync(cancellationToken);
        }

        var count = Math.Min(buffer.Length, _clear);
        _buffer.AsSpan(_start, count).CopyTo(buffer.Span);
        _start += count;
        _clear -= count;
        return count;
    }

    /// <summary>How many of these bytes may leave at once; the others are held back.</summary>
    private int Pass(ReadOnlySpan<byte> bytes)
    {
        var first = Math.Min(_untouched, bytes.Length);
        _untouched -= first;
        var passes = _state == State.Epilogue ? bytes.Length : first + ContentIn(bytes[first..]);
        if (passes < bytes.Length)
        {
            Allocate();
            bytes[passes..].CopyTo(_buffer);
            (_start, _end) = (0, bytes.Length - passes);
        }

        return passes;
    }

    private async ValueTask ReceiveAsync(CancellationToken cancellationToken)
    {
        Allocate();
        Bytes.CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        var read = await inner.ReadAsync(_buffer.AsMemory(_end, Math.Min(PieceSize, BufferSize - _end)), cancellationToken);
        _end += read;
        _ended = read == 0;
    }

    private void Allocate()
    {
        if (_buffer.Length == 0)
        {
            _buffer = GC.AllocateUninitializedArray<byte>(BufferSize);
        }
    }

    /// <summary>Decides on bytes that are there; false when nothing more can be said without more of them.</summary>
    private bool TryAdvance()
    {
        if (Bytes.IsEmpty)
        {
            return false;
        }

        return _state switch
        {
            State.Content => TryPassContent(),
            State.Delimiter => TryPassDelimiter(),
            State.Provider => TryCut(),
            _ => TryPass(Bytes.Length, State.Epilogue),
        };
    }

    private bool TryPass(int count, State next)
    {
        (_clear, _state) = (count, next);
        return count > 0;
    }

    private bool TryPassContent()
    {
        _clear = ContentIn(Bytes);
        _state = Bytes[_clear..].StartsWith(_delimiter) ? State.Delimiter : State.Content;
        return _clear > 0 || _state == State.Delimiter;
    }

    /// <summary>How many of these bytes stand in front of the first delimiter, or of what may be the beginning of one.</summary>
    private int ContentIn(ReadOnlySpan<byte> bytes)
    {
        var index = bytes.IndexOf(_delimiter);
        if (index >= 0 || _ended)
        {
            return index >= 0 ? index : bytes.Length;
        }

        // A boundary holds no line break: a delimiter can only begin at the last one.
        var last = bytes[Math.Max(0, bytes.Length - _delimiter.Length + 1)..];
        var start = last.LastIndexOf((byte)'\r');
        return start >= 0 && _delimiter.AsSpan().StartsWith(last[start..]) ? bytes.Length - last.Length + start : bytes.Length;
    }

    private bool TryPassDelimiter()
    {
        var line = Bytes[_delimiter.Length..];
        if (line.StartsWith("--"u8))
        {
            return TryPass(_delimiter.Length + 2, State.Epilogue);
        }

        // Spaces may stand behind a boundary; anything else makes it content.
        var padding = line.IndexOfAnyExcept((byte)' ', (byte)'\t');
        if (padding >= 0 && !line[padding..].StartsWith("\r\n"u8) && !"\r\n"u8.StartsWith(line[padding..]) && !"--"u8.StartsWith(line))
        {
            return TryPass(_delimiter.Length, State.Content);
        }

        var headers = line.IndexOf("\r\n\r\n"u8);
        if (headers < 0)
        {
            return (_ended || Bytes.Length == BufferSize) && TryPass(Bytes.Length, State.Content);
        }

        // Up to the line break that ends the headers, which is also that of the next delimiter when a content is missing altogether.
        var content = _delimiter.Length + headers + 2;
        if (NameOf(line[..headers]) != "provider")
        {
            return TryPass(content, State.Content);
        }

        (_value, _state) = (content, State.Provider);
        return true;
    }

    private bool TryCut()
    {
        var length = Bytes[_value..].IndexOf(_delimiter);
        if (length < 0)
        {
            return _ended ? throw new InvalidUploadException(MultipartReading.Invalid("the body ends before its closing boundary"))
                : Bytes.Length == BufferSize
                    ? throw new InvalidUploadException(GatewayError.Invalid("provider is too long", "provider", "invalid_value"))
                : false;
        }

        if ((MultipartFields.Read("provider", Bytes.Slice(_value, length), out var value) ?? check(value)) is { } error)
        {
            throw new InvalidUploadException(error);
        }

        _start += _value + length;
        _cut += _value + length;
        _state = State.Delimiter;
        return true;
    }

    private int Pad(Span<byte> buffer)
    {
        if (_cut == 0 || !keepsLength)
        {
            return 0;
        }

        if (_state != State.Epilogue)
        {
            throw new InvalidUploadException(MultipartReading.Invalid("the body ends before its closing boundary"));
        }

        var count = Math.Min(buffer.Length, _cut);
        for (var i = 0; i < count; i++)
        {
            buffer[i] = (byte)"\r\n"[_padded++ % 2];
        }

        _cut -= count;
        return count;
    }

    /// <summary>The name of the field whose headers these are, or null.</summary>
    private static string? NameOf(ReadOnlySpan<byte> headers)
    {
        const string Header = "content-disposition:";
        foreach (var line in Encoding.UTF8.GetString(headers).Split("\r\n"))
        {
            if (line.StartsWith(Header, StringComparison.OrdinalIgnoreCase))
            {
                return PartDisposition.Read(line[Header.Length..].Trim(), out var part) is null ? part!.Name : null;
            }
        }

        return null;
    }
}
