using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Gateway.Fakes;

/// <summary>
/// The gateway as a process of its own, started from its build output; for what only a process can show: signals, crashes, start errors.
/// </summary>
public sealed partial class GatewayProcess : IAsyncDisposable
{
    private readonly Process _process;

    private GatewayProcess(Process process) => _process = process;

    public string Url { get; private set; } = "";

    public string AdminUrl { get; private set; } = "";

    /// <summary>Lines of its standard output and error so far.</summary>
    public ConcurrentQueue<string> Output { get; } = new();

    public bool HasExited => _process.HasExited;

    public int ExitCode => _process.ExitCode;

    public int Id => _process.Id;

    /// <summary>Starts it and waits until it serves; the ports it took are read from its log.</summary>
    public static async Task<GatewayProcess> StartAsync(string directory, string? config, params (string Name, string Value)[] environment)
    {
        var gateway = await LaunchAsync(directory, config, environment);
        await gateway.WaitForAsync(line => line.Contains("[1100]", StringComparison.Ordinal));
        var match = Listening().Match(gateway.Output.Last(line => line.Contains("[1100]", StringComparison.Ordinal)));
        // What listens on every address is reached through this one.
        gateway.Url = match.Groups[1].Value.Replace("//0.0.0.0:", "//127.0.0.1:", StringComparison.Ordinal);
        gateway.AdminUrl = match.Groups[2].Value.Replace("//0.0.0.0:", "//127.0.0.1:", StringComparison.Ordinal);
        return gateway;
    }

    /// <summary>Runs it with these arguments until it ends.</summary>
    public static async Task<GatewayProcess> RunAsync(string directory, params string[] arguments)
    {
        var gateway = Launch(directory, arguments, []);
        await gateway.WaitForExitAsync(Until.Hung);
        return gateway;
    }

    /// <summary>Starts it without waiting for anything; without a configuration when that is somewhere else.</summary>
    public static async Task<GatewayProcess> LaunchAsync(string directory, string? config, params (string Name, string Value)[] environment)
    {
        var path = System.IO.Path.Combine(directory, "gateway.json");
        if (config is not null)
        {
            await File.WriteAllTextAsync(path, config);
        }

        return Launch(directory, config is null ? [] : ["--config", path], environment);
    }

    private static GatewayProcess Launch(
        string directory, IEnumerable<string> arguments, IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo("dotnet", arguments.Prepend(Binary()))
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var gateway = new GatewayProcess(Process.Start(start)!);
        gateway._process.OutputDataReceived += (_, line) => gateway.Keep(line.Data);
        gateway._process.ErrorDataReceived += (_, line) => gateway.Keep(line.Data);
        gateway._process.BeginOutputReadLine();
        gateway._process.BeginErrorReadLine();
        return gateway;
    }

    /// <summary>Runs the program to its end with these arguments and this input; its exit code and everything it says.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string directory, string[] arguments, string input = "")
    {
        var start = new ProcessStartInfo("dotnet", [Binary(), .. arguments])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
            WorkingDirectory = directory,
        };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync()).WaitAsync(Until.Hung);
        await process.WaitForExitAsync().WaitAsync(Until.Hung);
        return (process.ExitCode, string.Concat(said));
    }

    /// <summary>`kill -9`: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as an orchestrator sends it.</summary>
    public void Terminate()
    {
        using var kill = System.Diagnostics.Process.Start("kill", ["-TERM", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    public Task WaitForExitAsync(TimeSpan limit) => _process.WaitForExitAsync().WaitAsync(limit);

    /// <summary>Waits for a line of output.</summary>
    public async Task WaitForAsync(Func<string, bool> line)
    {
        using var limit = new CancellationTokenSource(Until.Hung);
        while (!Output.Any(line))
        {
            if (_process.HasExited || limit.IsCancellationRequested)
            {
                throw new InvalidOperationException("The gateway does not say what was waited for:\n" + string.Join('\n', Output));
            }

            await Task.Delay(10, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    private static string Binary()
    {
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        return System.IO.Path.Combine(Repository.Root, "src", "Gateway", "bin", output.Parent!.Name, output.Name, "Gateway.dll");
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            Output.Enqueue(line);
        }
    }

    [GeneratedRegex(@" on (http://\S+); admin on (http://\S+);")]
    private static partial Regex Listening();
}
