using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Gateway.Fakes;

namespace Gateway.Scenarios.Http2;

/// <summary>
/// A client that sends exactly the frames it is told to (RFC 9113 §4) and shows those it gets. Windows are the test's own business.
/// </summary>
internal sealed class FrameClient : IAsyncDisposable
{
    public const byte Data = 0, Headers = 1, Reset = 3, Settings = 4, Ping = 6, GoAway = 7, WindowUpdate = 8, Continuation = 9;
    public const byte End = 1, EndHeaders = 4;

    private readonly TcpClient _tcp;
    private readonly NetworkStream _stream;
    private readonly CancellationTokenSource _patience = new(Until.Hung);

    private FrameClient(TcpClient tcp)
    {
        _tcp = tcp;
        _stream = tcp.GetStream();
    }

    /// <summary>Connects and begins with these settings.</summary>
    public static async Task<FrameClient> ConnectAsync(string url, params (ushort Id, uint Value)[] settings)
    {
        var address = new Uri(url);
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(address.Host, address.Port);
        var client = new FrameClient(tcp);
        await client._stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray());
        var payload = new byte[settings.Length * 6];
        for (var i = 0; i < settings.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload.AsSpan(i * 6), settings[i].Id);
            BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan((i * 6) + 2), settings[i].Value);
        }

        await client.SendAsync(Settings, 0, 0, payload);
        return client;
    }

    /// <summary>Sends a frame; false when the connection has ended.</summary>
    public async Task<bool> SendAsync(byte type, byte flags, int stream, ReadOnlyMemory<byte> payload)
    {
        var frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.Span.CopyTo(frame.AsSpan(9));
        try
        {
            await _stream.WriteAsync(frame, _patience.Token);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Begins a request.</summary>
    public Task<bool> AskAsync(int stream, string method, string path, bool ends = true, params (string Name, string Value)[] more) =>
        SendAsync(Headers, (byte)(EndHeaders | (ends ? End : 0)), stream, Block([
            (":method", method), (":path", path), (":scheme", "http"), (":authority", "localhost"), .. more]));

    /// <summary>Sends a number as a frame's payload: an error code, or more room.</summary>
    public Task<bool> SendAsync(byte type, int stream, uint value)
    {
        var payload = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(payload, value);
        return SendAsync(type, 0, stream, payload);
    }

    /// <summary>The next frame, or null when the connection has ended.</summary>
    public async Task<Frame?> ReceiveAsync()
    {
        var head = new byte[9];
        try
        {
            if (await _stream.ReadAtLeastAsync(head, 9, throwOnEndOfStream: false, _patience.Token) < 9)
            {
                return null;
            }

            var payload = new byte[BinaryPrimitives.ReadUInt32BigEndian(head) >> 8];
            return await _stream.ReadAtLeastAsync(payload, payload.Length, throwOnEndOfStream: false, _patience.Token) < payload.Length
                ? null : new Frame(head[3], head[4], BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)), payload);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Skips to a frame; null when the connection has ended before.</summary>
    public async Task<Frame?> ReceiveAsync(Func<Frame, bool> isIt)
    {
        while (await ReceiveAsync() is { } frame)
        {
            if (isIt(frame))
            {
                return frame;
            }
        }

        return null;
    }

    /// <summary>The status of the answer on a stream.</summary>
    public async Task<int?> StatusAsync(int stream) =>
        (await ReceiveAsync(frame => frame.Stream == stream && frame.Type is Headers or Reset))?.Status;

    /// <summary>Leaves without a goodbye.</summary>
    public void Leave()
    {
        _tcp.LingerState = new LingerOption(enable: true, 0);
        _tcp.Close();
    }

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        _patience.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Headers as literals that nobody remembers (RFC 7541 §6.2.2).</summary>
    public static byte[] Block(params (string Name, string Value)[] headers)
    {
        using var block = new MemoryStream();
        foreach (var (name, value) in headers)
        {
            block.WriteByte(0);
            Write(block, name);
            Write(block, value);
        }

        return block.ToArray();
    }

    private static void Write(MemoryStream block, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        if (bytes.Length < 127)
        {
            block.WriteByte((byte)bytes.Length);
        }
        else
        {
            block.WriteByte(127);
            var rest = bytes.Length - 127;
            for (; rest >= 128; rest >>= 7)
            {
                block.WriteByte((byte)((rest & 127) | 128));
            }

            block.WriteByte((byte)rest);
        }

        block.Write(bytes);
    }
}

/// <summary>A frame as it came.</summary>
internal sealed record Frame(byte Type, byte Flags, int Stream, byte[] Payload)
{
    private static readonly int[] s_indexed = [200, 204, 206, 304, 400, 404, 500];

    /// <summary>Whether it ends its stream.</summary>
    public bool Ends => Type is FrameClient.Data or FrameClient.Headers && (Flags & FrameClient.End) != 0;

    /// <summary>Of a reset or a farewell (RFC 9113 §7).</summary>
    public uint Error => BinaryPrimitives.ReadUInt32BigEndian(Payload.AsSpan(Type == FrameClient.GoAway ? 4 : 0));

    /// <summary>Of an answer's headers, which begin with it: a number in the static table (RFC 7541 appendix A), or a text.</summary>
    public int? Status => Type != FrameClient.Headers ? null
        : Payload[0] >= 0x80 ? s_indexed[(Payload[0] & 0x7f) - 8]
        : int.Parse(Encoding.ASCII.GetString(Payload, 2, 3), CultureInfo.InvariantCulture);
}
