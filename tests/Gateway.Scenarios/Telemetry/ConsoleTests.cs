using Gateway.Fakes;
using Gateway.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Xunit;

namespace Gateway.Scenarios.Telemetry;

public sealed class ConsoleTests
{
    /// <summary>Many lines from many threads: none lost, none mixed, each thread's in order, all out when the gateway ends.</summary>
    [Fact]
    public async Task Console_loses_no_log_line()
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

    /// <summary>A reader that does not read holds up one thread at most; the others' lines wait, and are dropped when they are too many.</summary>
    [Fact]
    public async Task Console_holds_up_no_request_when_nobody_reads()
    {
        using var output = new Blocked();
        using var console = new BatchedConsole(new Plain(), output, TimeProvider.System);
        var logger = console.CreateLogger("test");
        var first = Task.Run(() => logger.LogWarning("first"));
        await output.Reached.WaitAsync(Until.Hung);
        await Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
            {
                logger.LogWarning("{Text}", new string('x', 100_000));
            }
        }).WaitAsync(Until.Hung);
        Assert.False(first.IsCompleted);
        output.Release();
        await first.WaitAsync(Until.Hung);
        console.Dispose();
        var text = System.Text.Encoding.UTF8.GetString(output.Written.ToArray());
        Assert.StartsWith("first\n", text, StringComparison.Ordinal);
        Assert.Matches("[0-9]+ log lines were dropped", text);
    }

    private sealed class Blocked : Stream
    {
        private readonly ManualResetEventSlim _released = new();
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task;

        public MemoryStream Written { get; } = new();

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public void Release() => _released.Set();

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _reached.TrySetResult();
            _released.Wait();
            Written.Write(buffer);
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }

    private sealed class Plain() : ConsoleFormatter("plain")
    {
        public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter) =>
            textWriter.Write(logEntry.Formatter(logEntry.State, logEntry.Exception) + "\n");
    }
}
