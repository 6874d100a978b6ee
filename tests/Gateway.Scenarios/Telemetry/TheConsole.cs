using Gateway.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Xunit;

namespace Gateway.Scenarios.Telemetry;

public sealed class TheConsole
{
    /// <summary>Many lines from many threads: none lost, none mixed, each thread's in order, all out when the gateway ends.</summary>
    [Fact]
    public async Task Loses_no_line()
    {
        using var output = new MemoryStream();
        var console = new BatchedConsole(new Plain(), output, TimeProvider.System);
        var logger = console.CreateLogger("test");
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 5_000; i++)
            {
                logger.LogInformation("{Thread} {Number}", thread, i);
            }
        })));
        console.Dispose();
        var lines = System.Text.Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(20_000, lines.Length);
        foreach (var thread in lines.GroupBy(line => line.Split(' ')[0]))
        {
            Assert.Equal(Enumerable.Range(0, 5_000), thread.Select(line => int.Parse(line.Split(' ')[1])));
        }
    }

    private sealed class Plain() : ConsoleFormatter("plain")
    {
        public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter) =>
            textWriter.Write(logEntry.Formatter(logEntry.State, logEntry.Exception) + "\n");
    }
}
