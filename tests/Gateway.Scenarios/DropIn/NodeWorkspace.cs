using System.Diagnostics;
using Xunit;
using FilePath = System.IO.Path;

namespace Gateway.Scenarios.DropIn;

/// <summary><c>tests/sdk-node</c> with its packages installed, exactly as locked.</summary>
public sealed class NodeWorkspace : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);
    private readonly string _directory = Find();

    public async ValueTask InitializeAsync()
    {
        // npm notes what it installed; a lock file younger than the note is not installed yet.
        var installed = new FileInfo(FilePath.Combine(_directory, "node_modules", ".package-lock.json"));
        if (!installed.Exists || installed.LastWriteTimeUtc < File.GetLastWriteTimeUtc(FilePath.Combine(_directory, "package-lock.json")))
        {
            var (exitCode, output) = await RunAsync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], []);
            Assert.True(exitCode == 0, "npm ci failed:\n" + output);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Runs a command in the workspace to its end and returns what it wrote.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(
        string command, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo(command, arguments)
        {
            WorkingDirectory = _directory, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(s_limit);
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{command} did not end within {s_limit}:\n{await output}{await errors}");
        }

        return (process.ExitCode, await output + await errors);
    }

    private static string Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(FilePath.Combine(directory.FullName, "Gateway.sln")))
            {
                return FilePath.Combine(directory.FullName, "tests", "sdk-node");
            }
        }

        throw new DirectoryNotFoundException("The tests run outside of the repository.");
    }
}
