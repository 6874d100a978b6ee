using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Benchmarks;

/// <summary>
/// GET requests over plain sockets, one after the other on each connection. Where the answers are as cheap as a cached list, a full HTTP client would
/// take more of the machine than the servers that are compared.
/// </summary>
internal static class RawLoad
{
    /// <summary>Sends the requests and returns the time they took.</summary>
    /// <param name="url">Scheme, host and port.</param>
    /// <param name="target">Path and query of the n-th request.</param>
    /// <param name="connections">Connections side by side.</param>
    /// <param name="requests">Requests in all.</param>
    public static async Task<TimeSpan> RunAsync(string url, Func<int, string> target, int connections, int requests)
    {
        var address = new Uri(url);
        var next = -1;
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(async _ =>
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, address.Port);
            var buffer = new byte[256 * 1024];
            while (Interlocked.Increment(ref next) is var index && index < requests)
            {
                await socket.SendAsync(
                    Encoding.ASCII.GetBytes($"GET {target(index)} HTTP/1.1\r\nHost: {address.Authority}\r\nAccept: application/json\r\n\r\n"));
                await ReadAsync(socket, buffer);
            }
        }));
        return clock.Elapsed;
    }

    private static async Task ReadAsync(Socket socket, byte[] buffer)
    {
        var read = 0;
        var length = -1;
        while (length < 0 || read < length)
        {
            var count = await socket.ReceiveAsync(buffer.AsMemory(read));
            read += count > 0 ? count : throw new IOException("The server closed the connection.");
            length = length < 0 ? LengthOf(buffer.AsSpan(0, read)) : length;
        }
    }

    /// <summary>Length of head and body, or -1 while the head is not complete.</summary>
    private static int LengthOf(ReadOnlySpan<byte> answer)
    {
        var end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
        {
            return -1;
        }

        if (!answer.StartsWith("HTTP/1.1 200 "u8))
        {
            throw new IOException($"The server answered {Encoding.ASCII.GetString(answer[..Math.Min(end, 200)])}.");
        }

        const string Name = "Content-Length: ";
        var head = Encoding.ASCII.GetString(answer[..(end + 2)]);
        var start = head.IndexOf(Name, StringComparison.OrdinalIgnoreCase) + Name.Length;
        return end + 4 + int.Parse(head.AsSpan(start, head.IndexOf('\r', start) - start), CultureInfo.InvariantCulture);
    }
}
