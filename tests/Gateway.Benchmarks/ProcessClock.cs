using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Gateway.Benchmarks;

/// <summary>The kernel's clock of the CPU time of a process, of another one, too (clock_getcpuclockid(3)).</summary>
internal static partial class ProcessClock
{
    /// <summary>User and system time the process has used.</summary>
    public static TimeSpan Read(int process)
    {
        var error = ClockOf(process, out var clock);
        if (error != 0)
        {
            throw new Win32Exception(error);
        }

        if (Now(clock, out var time) != 0)
        {
            throw new Win32Exception();
        }

        return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick);
    }

    [LibraryImport("libc", EntryPoint = "clock_getcpuclockid")]
    private static partial int ClockOf(int process, out int clock);

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int Now(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
