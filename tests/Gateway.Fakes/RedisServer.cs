using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Gateway.Fakes;

/// <summary>A real <c>redis-server</c> on a free loopback port, without persistence, that can be killed, frozen and started again.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    /// <summary>A time limit of the gateway that a healthy Redis keeps on any machine; the longest that can be configured.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_limit = Until.Hung;

    private readonly string _folder = Directory.CreateTempSubdirectory("redis-").FullName;
    private readonly string? _password;
    private readonly string[] _arguments;
    private Process? _process;

    private RedisServer(int port, string? password, string[] arguments)
    {
        Port = port;
        _password = password;
        _arguments = arguments;
    }

    public int Port { get; }

    /// <summary><c>127.0.0.1:port</c>, with the password when there is one.</summary>
    public string ConnectionString => $"127.0.0.1:{Port}" + (_password is null ? "" : $",password={_password}");

    /// <summary>The same as a <c>redis://</c> URL.</summary>
    public string Url => _password is null ? $"redis://127.0.0.1:{Port}" : $"redis://:{Uri.EscapeDataString(_password)}@127.0.0.1:{Port}/0";

    /// <summary>Starts one.</summary>
    /// <param name="password">Needed by clients, or null.</param>
    /// <param name="arguments">Further options of <c>redis-server</c>; they win over the usual ones.</param>
    public static async Task<RedisServer> StartAsync(string? password = null, params string[] arguments)
    {
        // Another process may take the port between the look and the start.
        for (var attempt = 1; ; attempt++)
        {
            var server = new RedisServer(Ports.Free(), password, arguments);
            try
            {
                await server.RunAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < 5)
            {
                await server.DisposeAsync();
            }
        }
    }

    /// <summary>Ends it at once; connections break and new ones are refused.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    /// <summary>Freezes it: connections stay open, new ones are accepted by the system, nothing is answered.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    /// <summary>Ends the freeze.</summary>
    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>Kills it when it runs, and starts it on the same port, empty.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        await RunAsync();
    }

    /// <summary>Removes everything in it.</summary>
    public async Task FlushAllAsync() => await CommandAsync("FLUSHALL");

    /// <summary>Commands it has run that are about data: not those that look after a connection.</summary>
    public async Task<long> DataCommandsAsync()
    {
        // cmdstat_get:calls=21,usec=175,…
        var lines = (await AnswerAsync("INFO commandstats")).Split("\r\n").Where(line => line.StartsWith("cmdstat_", StringComparison.Ordinal));
        return lines.Select(line => line[8..].Split(':', '=', ','))
            .Where(
                fields => fields[0].Split('|')[0] is not (
                    "ping" or "info" or "client" or "hello" or "auth" or "config" or "cluster" or "echo" or "subscribe"))
            .Sum(fields => long.Parse(fields[2], CultureInfo.InvariantCulture));
    }

    /// <summary>Sends an inline command and returns the first line of the answer.</summary>
    public async Task<string> CommandAsync(string command) => (await AnswerAsync(command)).Split("\r\n")[0];

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> AnswerAsync(string command)
    {
        using var limit = new CancellationTokenSource(s_limit);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, limit.Token);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream);
        if (_password is not null)
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes($"AUTH {_password}\r\n"), limit.Token);
            await reader.ReadLineAsync(limit.Token);
        }

        await stream.WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"), limit.Token);
        var first = await reader.ReadLineAsync(limit.Token) ?? throw new IOException("Redis closed the connection.");
        if (first is not ['$', not '-', ..])
        {
            return first;
        }

        var text = new char[int.Parse(first.AsSpan(1), CultureInfo.InvariantCulture)];
        await reader.ReadBlockAsync(text, limit.Token);
        return new string(text);
    }

    private async Task RunAsync()
    {
        var start = new ProcessStartInfo("redis-server") { UseShellExecute = false, RedirectStandardOutput = true, WorkingDirectory = _folder };
        string[] arguments =
        [
            "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no",
            .. _password is null ? Array.Empty<string>() : ["--requirepass", _password],
            .. _arguments,
        ];
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException("redis-server did not start.");
        using var limit = new CancellationTokenSource(s_limit);
        try
        {
            string? line;
            do
            {
                line = await process.StandardOutput.ReadLineAsync(limit.Token);
            }
            while (line?.Contains("Ready to accept connections", StringComparison.Ordinal) == false);

            if (line is null)
            {
                throw new InvalidOperationException("redis-server ended at its start.");
            }
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }

        // Read on, so that it never blocks on a full pipe.
        _ = process.StandardOutput.ReadToEndAsync();
        _process = process;
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
