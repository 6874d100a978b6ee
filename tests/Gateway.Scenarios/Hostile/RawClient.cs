using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Hostile;

/// <summary>A client that sends exactly the bytes it is told to, and reads answers without forgiving anything.</summary>
internal sealed class RawClient : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly TcpClient _tcp;
    private readonly NetworkStream _stream;
    private readonly CancellationTokenSource _patience = new(s_patience);
    private readonly byte[] _one = new byte[1];

    private RawClient(TcpClient tcp)
    {
        _tcp = tcp;
        _stream = tcp.GetStream();
    }

    public static Task<RawClient> ConnectAsync(RunningGateway gateway) => ConnectAsync(gateway.Url);

    /// <summary>To a listener at this address.</summary>
    public static async Task<RawClient> ConnectAsync(string address)
    {
        var url = new Uri(address);
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(url.Host, url.Port);
        return new RawClient(tcp);
    }

    /// <summary>One request, one answer, on a connection of its own. Line breaks of the text are sent as CRLF.</summary>
    public static async Task<RawAnswer> AskAsync(RunningGateway gateway, string request)
    {
        await using var client = await ConnectAsync(gateway);
        await client.SendAsync(Lines(request));
        return (await client.ReceiveAsync())!;
    }

    /// <summary>A request without a body to this target.</summary>
    public static Task<RawAnswer> AskAsync(RunningGateway gateway, string method, string target) =>
        AskAsync(gateway, $"{method} {target} HTTP/1.1\nHost: gateway\n\n");

    public static byte[] Lines(string text) =>
        Encoding.Latin1.GetBytes(text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "\r\n", StringComparison.Ordinal));

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _stream.WriteAsync(bytes, _patience.Token);

    /// <summary>Says that nothing more will be sent.</summary>
    public void EndSending()
    {
        _stream.Flush();
        _tcp.Client.Shutdown(SocketShutdown.Send);
    }

    /// <summary>Leaves without a goodbye.</summary>
    public void Reset()
    {
        _tcp.LingerState = new LingerOption(enable: true, 0);
        _tcp.Close();
    }

    /// <summary>The next final answer, or null when the connection ended before one.</summary>
    public async Task<RawAnswer?> ReceiveAsync(bool head = false)
    {
        while (await ReadHeadAsync() is { } lines)
        {
            var status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
            if (status < 200)
            {
                continue;
            }

            var headers = lines[1..].Select(line => line.Split(':', 2))
                .GroupBy(pair => pair[0].Trim(), pair => pair[1].Trim(), StringComparer.OrdinalIgnoreCase)
                .ToDictionary(group => group.Key, group => string.Join(", ", group), StringComparer.OrdinalIgnoreCase);
            var (body, complete) = head || status is 204 or 304 ? ([], true) : await ReadBodyAsync(headers);
            return new RawAnswer(status, headers, body, complete);
        }

        return null;
    }

    /// <summary>Everything the server sends until it ends the connection.</summary>
    public async Task<string> ReceiveAllAsync()
    {
        using var all = new MemoryStream();
        await CopyAsync(long.MaxValue, all);
        return Encoding.UTF8.GetString(all.ToArray());
    }

    /// <summary>Whether the server has ended the connection (or does so now), rather than kept it for the next request.</summary>
    public async Task<bool> IsEndedAsync()
    {
        try
        {
            return await _stream.ReadAsync(_one, _patience.Token) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Sends a sound request on the same connection: true when it is answered, false when the connection is closed.</summary>
    public async Task<bool> IsUsableAsync()
    {
        try
        {
            await SendAsync("GET /v1/containers HTTP/1.1\r\nHost: gateway\r\n\r\n");
            return await ReceiveAsync() is { Status: 200 };
        }
        catch (IOException)
        {
            return false;
        }
    }

    public ValueTask DisposeAsync()
    {
        _tcp.Dispose();
        _patience.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string[]?> ReadHeadAsync()
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await ReadAsync(_one) == 0)
            {
                Assert.True(head.Length == 0, "The connection ended within headers: " + head);
                return null;
            }

            head.Append((char)_one[0]);
        }

        return head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task<(byte[] Body, bool Complete)> ReadBodyAsync(Dictionary<string, string> headers)
    {
        using var body = new MemoryStream();
        if (headers.TryGetValue("Content-Length", out var length))
        {
            Assert.False(headers.ContainsKey("Transfer-Encoding"), "Both Content-Length and Transfer-Encoding.");
            var complete = await CopyAsync(long.Parse(length, CultureInfo.InvariantCulture), body);
            return (body.ToArray(), complete);
        }

        if (!headers.TryGetValue("Transfer-Encoding", out var encoding))
        {
            await CopyAsync(long.MaxValue, body);
            return (body.ToArray(), true);
        }

        Assert.Equal("chunked", encoding);
        while (await ReadLineAsync() is { } line)
        {
            var size = long.Parse(line, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            if (size == 0)
            {
                return (body.ToArray(), await ReadLineAsync() is not null);
            }

            if (!await CopyAsync(size, body))
            {
                break;
            }

            await ReadLineAsync();
        }

        return (body.ToArray(), false);
    }

    private async Task<string?> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (await ReadAsync(_one) == 1)
        {
            line.Append((char)_one[0]);
            if (line is [.., '\r', '\n'])
            {
                return line.ToString(0, line.Length - 2);
            }
        }

        return null;
    }

    private async Task<bool> CopyAsync(long count, MemoryStream to)
    {
        var buffer = new byte[64 * 1024];
        while (count > 0)
        {
            var read = await ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, count)));
            if (read == 0)
            {
                return false;
            }

            to.Write(buffer, 0, read);
            count -= read;
        }

        return true;
    }

    private async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        try
        {
            return await _stream.ReadAsync(buffer, _patience.Token);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

/// <summary>An answer as it came over the wire.</summary>
/// <param name="Status">Final status.</param>
/// <param name="Headers">Headers; repeated ones joined.</param>
/// <param name="Body">Body bytes without framing.</param>
/// <param name="Complete">False when the connection ended before the framing said so.</param>
internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body, bool Complete)
{
    public string Text => Encoding.UTF8.GetString(Body);

    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public override string ToString() =>
        $"{Status} complete={Complete}\n{string.Join("\n", Headers.Select(header => header.Key + ": " + header.Value))}\n\n{Text}";
}
