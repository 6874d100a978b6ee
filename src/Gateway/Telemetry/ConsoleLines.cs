using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Gateway.Telemetry;

/// <summary>
/// Log lines on standard output, formatted by the framework's own formatters and written in batches: the framework's console logger makes a system
/// call and wakes a thread for every line, which costs a busy gateway a quarter of its time. A reader that stalls slows callers down rather than losing
/// lines.
/// </summary>
internal sealed class ConsoleLines : ILoggerProvider, ISupportExternalScope
{
    private const int MaxWaiting = 8192;
    private const int BatchChars = 64 * 1024;

    [ThreadStatic]
    private static StringWriter? t_writer;

    private readonly Channel<string> _lines = Channel.CreateBounded<string>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly ConsoleFormatter _formatter;
    private readonly Stream _output;
    private readonly Task _writing;
    private IExternalScopeProvider? _scopes;

    public ConsoleLines(ConsoleFormatter formatter, Stream output)
    {
        _formatter = formatter;
        _output = output;
        _writing = Task.Run(WriteAsync);
    }

    public ILogger CreateLogger(string categoryName) => new Line(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    /// <summary>Returns when every line is out.</summary>
    public void Dispose()
    {
        _lines.Writer.TryComplete();
#pragma warning disable RS0030 // The container disposes loggers synchronously; the writer waits for nothing but the output.
        _writing.Wait();
#pragma warning restore RS0030
        _output.Dispose();
    }

    private async Task WriteAsync()
    {
        var batch = new StringBuilder();
        var reader = _lines.Reader;
        while (await reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Length < BatchChars && reader.TryRead(out var line))
            {
                batch.Append(line);
            }

            try
            {
                await _output.WriteAsync(Encoding.UTF8.GetBytes(batch.ToString()));
                await _output.FlushAsync();
            }
            catch (IOException)
            {
                // Nobody reads the output any more; requests go on without their lines.
            }
        }
    }

    private void Add(string line)
    {
        if (!_lines.Writer.TryWrite(line))
        {
            // Full: wait for the output, unless the process is about to end.
            var spin = default(SpinWait);
            while (!_lines.Writer.TryWrite(line) && !_lines.Reader.Completion.IsCompleted)
            {
                spin.SpinOnce();
            }
        }
    }

    private sealed class Line(ConsoleLines lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => lines._scopes?.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var writer = t_writer ??= new StringWriter();
            lines._formatter.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter), lines._scopes, writer);
            var text = writer.GetStringBuilder();
            if (text.Length > 0)
            {
                lines.Add(text.ToString());
                text.Clear();
            }
        }
    }
}
