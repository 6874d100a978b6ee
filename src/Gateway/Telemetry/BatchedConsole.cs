using System.Buffers;
using System.Globalization;
using System.Text;
using Gateway.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Gateway.Telemetry;

/// <summary>
/// Writes log lines to standard output in batches. The framework's console logger wakes a thread and makes a system call for each line, which at one
/// line a request was a fifth of what a request cost (tests/Gateway.Benchmarks); its formatters are used as they are. Lines are out within
/// <see cref="s_delay"/>, at once from level Warning on, and before the process ends in order; `kill -9` may lose the last batch.
/// </summary>
[ProviderAlias("Console")]
internal sealed class BatchedConsole : ILoggerProvider, ISupportExternalScope
{
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(100);

    /// <summary>Most bytes kept for a reader of standard output that does not read; beyond it, lines are dropped and counted.</summary>
    private const int MaxPending = 4 * 1024 * 1024;

    private const int FlushAt = 64 * 1024;

    private const string TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ ";

    private readonly Lock _lock = new();
    private readonly Lock _writing = new();
    private readonly ConsoleFormatter _formatter;
    private readonly Stream _output;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly bool _isStamped;
    private readonly byte[] _stamp = new byte[TimestampFormat.Length];
    private long _stampedAt;
    private readonly Encoder _utf8 = Encoding.UTF8.GetEncoder();
    private ArrayBufferWriter<byte> _pending = new(2 * FlushAt);
    private ArrayBufferWriter<byte> _spare = new(2 * FlushAt);
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();
    private bool _scheduled;
    private long _dropped;

    /// <param name="formatter">Makes the lines.</param>
    /// <param name="output">Where they go.</param>
    /// <param name="time">The clock.</param>
    /// <param name="isStamped">Whether each line begins with the time; formatted once a millisecond, since it costs as much as the rest of a
    /// line.</param>
    public BatchedConsole(ConsoleFormatter formatter, Stream output, TimeProvider time, bool isStamped = false)
    {
        _formatter = formatter;
        _output = output;
        _time = time;
        _isStamped = isStamped;
        _timer = time.CreateTimer(_ => Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public ILogger CreateLogger(string categoryName) => new BatchedLogger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
        _timer.Dispose();
        lock (_writing)
        {
            WriteBatch();
        }

        _output.Dispose();
    }

    private void Write<TState>(in LogEntry<TState> entry)
    {
        var line = t_line ??= new StringWriter(new StringBuilder(1024));
        _formatter.Write(entry, _scopes, line);
        var text = line.GetStringBuilder();
        bool now;
        lock (_lock)
        {
            if (_pending.WrittenCount > MaxPending)
            {
                _dropped++;
            }
            else if (text.Length > 0)
            {
                Stamp();
                Append(text);
            }

            now = entry.LogLevel >= LogLevel.Warning || _pending.WrittenCount > FlushAt;
            if (!now && !_scheduled)
            {
                _scheduled = true;
                _timer.Change(s_delay, Timeout.InfiniteTimeSpan);
            }
        }

        text.Clear();
        if (now)
        {
            Flush();
        }
    }

    /// <summary>
    /// Writes what waits. One thread at a time: while it is held up by a reader that does not read, the others leave their lines and go on.
    /// </summary>
    private void Flush()
    {
        while (_writing.TryEnter())
        {
            try
            {
                WriteBatch();
            }
            finally
            {
                _writing.Exit();
            }

            // Lines that came meanwhile, from threads that found this one at work.
            lock (_lock)
            {
                if (_scheduled || _pending.WrittenCount == 0)
                {
                    return;
                }
            }
        }
    }

    private void WriteBatch()
    {
        ArrayBufferWriter<byte> batch;
        lock (_lock)
        {
            if (_dropped > 0)
            {
                Append(new StringBuilder().Append(_dropped).AppendLine(" log lines were dropped: standard output was not read"));
                _dropped = 0;
            }

            (batch, _pending) = (_pending, _spare);
            _scheduled = false;
        }

        try
        {
            _output.Write(batch.WrittenSpan);
            _output.Flush();
        }
        catch (Exception gone) when (gone is IOException or ObjectDisposedException)
        {
            // Nobody reads the output any more, and requests go on without their lines; or the timer was on its way here when the process ended.
        }

        // A peak's buffer goes back to the runtime.
        batch.ResetWrittenCount();
        _spare = batch.Capacity <= 4 * FlushAt ? batch : new ArrayBufferWriter<byte>(2 * FlushAt);
    }

    private void Stamp()
    {
        if (!_isStamped)
        {
            return;
        }

        var now = _time.GetUtcNow();
        var millisecond = now.Ticks / TimeSpan.TicksPerMillisecond;
        if (millisecond != _stampedAt)
        {
            now.TryFormat(_stamp, out _, TimestampFormat, CultureInfo.InvariantCulture);
            _stampedAt = millisecond;
        }

        _pending.Write(_stamp);
    }

    private void Append(StringBuilder text)
    {
        foreach (var chunk in text.GetChunks())
        {
            _utf8.Convert(chunk.Span, _pending, flush: false, out _, out _);
        }

        _utf8.Convert([], _pending, flush: true, out _, out _);
    }

    [ThreadStatic]
    private static StringWriter? t_line;

    private sealed class BatchedLogger(BatchedConsole console, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => console._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (exception is not null && StartFailure.IsTold(category, exception))
            {
                return;
            }

            var entry = new LogEntry<TState>(logLevel, category, eventId, state, exception, formatter);
            console.Write(in entry);
        }
    }
}
