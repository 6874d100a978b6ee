using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Gateway.Scenarios.Upstream;

/// <summary>An upstream that does to each connection exactly what a test wants.</summary>
internal sealed partial class RawUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;
    private int _connected;

    private RawUpstream(Func<RawExchange, Task> behave)
    {
        _listener.Start();
        _accepting = AcceptAsync(behave);
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Request heads in the order of their arrival.</summary>
    public ConcurrentQueue<string> Heads { get; } = new();

    /// <summary>Requests that arrived, without the search for a create whose answer was lost.</summary>
    public int Attempts => Heads.Count(head => !head.Contains("limit=100&name=", StringComparison.Ordinal));

    /// <summary>Behaves the same on every connection.</summary>
    public static RawUpstream Start(Func<RawExchange, Task> behave) => new(behave);

    /// <summary>Reads a request, writes this text (line breaks as CRLF in the head) and closes, which the head announces.</summary>
    public static RawUpstream Answering(string head, byte[]? body = null) => new(async exchange =>
    {
        await exchange.ReadRequestAsync();
        await exchange.WriteAsync(FinalStatus().Replace(head, "$1Connection: close\n").Replace("\n", "\r\n", StringComparison.Ordinal));
        await exchange.WriteAsync(body ?? []);
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    [GeneratedRegex("(HTTP/1\\.1 [2-9]\\d\\d [^\n]*\n)")]
    private static partial Regex FinalStatus();

    private async Task AcceptAsync(Func<RawExchange, Task> behave)
    {
        try
        {
            while (true)
            {
                var tcp = await _listener.AcceptTcpClientAsync(_stop.Token);
                _connections.Add(ServeAsync(tcp, Interlocked.Increment(ref _connected), behave));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient tcp, int number, Func<RawExchange, Task> behave)
    {
        using (tcp)
        {
            try
            {
                await behave(new RawExchange(tcp, number, Heads, _stop.Token));
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The gateway left, or the test is over.
            }
        }
    }
}

/// <summary>One connection of a <see cref="RawUpstream"/>.</summary>
internal sealed class RawExchange(TcpClient tcp, int number, ConcurrentQueue<string> heads, CancellationToken stop)
{
    private readonly NetworkStream _stream = tcp.GetStream();
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    /// <summary>1 for the first connection.</summary>
    public int Number { get; } = number;

    public CancellationToken Stop { get; } = stop;

    /// <summary>Reads a head, and the body when its length is given; returns the head, or null at the end of the connection.</summary>
    public async Task<string?> ReadRequestAsync()
    {
        var head = await ReadHeadAsync();
        var length = head?.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        for (var left = length is null ? 0 : long.Parse(length[15..]); left > 0;)
        {
            if (_start == _end && !await FillAsync())
            {
                return head;
            }

            var taken = (int)Math.Min(left, _end - _start);
            _start += taken;
            left -= taken;
        }

        return head;
    }

    public async Task<string?> ReadHeadAsync()
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (_start == _end && !await FillAsync())
            {
                return null;
            }

            head.Append((char)_buffer[_start++]);
        }

        heads.Enqueue(head.ToString());
        return head.ToString();
    }

    /// <summary>Reads some bytes; 0 at the end of the connection.</summary>
    public async Task<int> ReadSomeAsync()
    {
        if (_start == _end && !await FillAsync())
        {
            return 0;
        }

        var count = _end - _start;
        _start = _end;
        return count;
    }

    public Task WriteAsync(string text) => WriteAsync(Encoding.Latin1.GetBytes(text));

    public async Task WriteAsync(byte[] bytes) => await _stream.WriteAsync(bytes, Stop);

    /// <summary>Says that nothing more will be sent, and goes on listening.</summary>
    public void CloseSending() => tcp.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Ends the connection with a reset instead of a goodbye.</summary>
    public void Reset()
    {
        tcp.LingerState = new LingerOption(enable: true, 0);
        tcp.Close();
    }

    /// <summary>Does nothing until the other side or the test has ended.</summary>
    public async Task UntilGatewayLeavesAsync()
    {
        while (await ReadSomeAsync() > 0)
        {
        }
    }

    /// <summary>Does nothing, and reads nothing, until the test has ended.</summary>
    public Task UntilTestEndsAsync() => Task.Delay(Timeout.Infinite, Stop);

    private async Task<bool> FillAsync()
    {
        _start = 0;
        _end = await _stream.ReadAsync(_buffer, Stop);
        return _end > 0;
    }
}
