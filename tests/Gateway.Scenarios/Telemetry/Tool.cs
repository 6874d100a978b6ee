using System.Diagnostics;
using Gateway.Fakes;

namespace Gateway.Scenarios.Telemetry;

/// <summary>Programs that check what the repository holds.</summary>
internal static class Tool
{
    /// <summary>Runs a tool in the root of the repository, with a text as its input; its exit code and everything it wrote.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string tool, string? input, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool, (IEnumerable<string>)arguments)
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true,
            WorkingDirectory = Repository.Root,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync().WaitAsync(Until.Hung);
        return (process.ExitCode, await output + await error);
    }
}
