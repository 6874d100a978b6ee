using System.Diagnostics;
using System.Globalization;

namespace Gateway.Benchmarks;

/// <summary>A process that was started for the run and ends with it; its CPU time and memory come from the kernel.</summary>
internal sealed class MeasuredProcess : IDisposable
{
    private readonly Process _process;

    private MeasuredProcess(Process process) => _process = process;

    /// <summary>User and system time used so far, from the process's own clock: what <see cref="Process"/> reads goes in steps of 10 ms.</summary>
    public TimeSpan Cpu => ProcessClock.Read(_process.Id);

    /// <summary>Resident memory, in bytes.</summary>
    public long ResidentBytes => StatusKilobytes("VmRSS:") * 1024;

    /// <summary>Largest resident memory so far, in bytes.</summary>
    public long PeakResidentBytes => StatusKilobytes("VmHWM:") * 1024;

    /// <summary>Starts a program; waits until <paramref name="probe"/> answers, at most 20 s.</summary>
    public static async Task<(MeasuredProcess Process, TimeSpan UntilAnswer)> StartAsync(
        string file, IEnumerable<string> arguments, string probe, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(file, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        var clock = Stopwatch.StartNew();
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        while (clock.Elapsed < TimeSpan.FromSeconds(20))
        {
            try
            {
                using var answer = await client.GetAsync(probe);
                return (new MeasuredProcess(process), clock.Elapsed);
            }
            catch (HttpRequestException) when (!process.HasExited)
            {
                await Task.Delay(2);
            }
        }

        process.Kill();
        throw new InvalidOperationException($"{file} does not answer on {probe}.");
    }

    /// <summary>Sets the peak back to the present.</summary>
    public void ResetPeak() => File.WriteAllText($"/proc/{_process.Id}/clear_refs", "5");

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private long StatusKilobytes(string field) =>
        long.Parse(
            File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith(field, StringComparison.Ordinal))
                .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1],
            CultureInfo.InvariantCulture);
}
