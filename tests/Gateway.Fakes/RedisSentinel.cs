using System.Diagnostics;
using System.Globalization;

namespace Gateway.Fakes;

/// <summary>A real Sentinel of its own that watches one primary, and makes its replica the primary half a second after it is gone.</summary>
public sealed class RedisSentinel : IAsyncDisposable
{
    private readonly string _folder;
    private readonly Process _process;

    private RedisSentinel(string folder, Process process, int port)
    {
        _folder = folder;
        _process = process;
        Port = port;
    }

    public int Port { get; }

    /// <summary>How clients find the primary.</summary>
    public string ConnectionString => $"127.0.0.1:{Port},serviceName=primary";

    public static async Task<RedisSentinel> StartAsync(RedisServer primary)
    {
        var folder = Directory.CreateTempSubdirectory("sentinel-").FullName;
        var port = Ports.Free();
        var path = System.IO.Path.Combine(folder, "sentinel.conf");
        await File.WriteAllTextAsync(path, string.Create(CultureInfo.InvariantCulture, $"""
            port {port}
            bind 127.0.0.1
            dir {folder}
            sentinel monitor primary 127.0.0.1 {primary.Port} 1
            sentinel down-after-milliseconds primary 500
            sentinel failover-timeout primary 3000

            """));
        var start = new ProcessStartInfo("redis-server", (IEnumerable<string>)[path, "--sentinel"])
        {
            UseShellExecute = false, RedirectStandardOutput = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("redis-server did not start.");
        string? line;
        do
        {
            line = await process.StandardOutput.ReadLineAsync();
        }
        while (line?.Contains("+monitor", StringComparison.Ordinal) == false);

        _ = process.StandardOutput.ReadToEndAsync();
        return line is null ? throw new InvalidOperationException("Sentinel ended at its start.") : new RedisSentinel(folder, process, port);
    }

    /// <summary>Whether it has seen the replica, without which there is nothing to fail over to.</summary>
    public async Task<bool> KnowsReplicaAsync()
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(System.Net.IPAddress.Loopback, Port);
        await using var stream = client.GetStream();
        using var reader = new StreamReader(stream);
        await stream.WriteAsync("SENTINEL replicas primary\r\n"u8.ToArray());
        return await reader.ReadLineAsync() is { } first && first != "*0" && first.StartsWith('*');
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
