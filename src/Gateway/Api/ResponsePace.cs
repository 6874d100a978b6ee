using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Gateway.Api;

/// <summary>
/// Watches how fast an answer is taken. Kestrel does it for a connection; over HTTP/2 it would end all calls of one because a single client leaves
/// its window shut, so there each stream is watched for itself and ends alone, by the same measure.
/// </summary>
internal sealed class ResponsePace : PipeWriter, IHttpResponseBodyFeature, IDisposable
{
    /// <summary>Kestrel's defaults.</summary>
    private const int BytesPerSecond = 240;

    /// <summary>Most bytes of an answer that wait to be taken, in Kestrel.</summary>
    private const int MostWaiting = 128 * 1024;

    /// <summary>
    /// For what Kestrel watches by the connection. Whatever is written on one of its streams begins the time anew, so it ends only those on which all
    /// that is left are answers that nobody takes. The end of an answer is one that no call waits for any longer.
    /// </summary>
    public static readonly MinDataRate OfConnections = new(BytesPerSecond, TimeSpan.FromMinutes(10));

    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);
    private static readonly MinDataRate s_rate = new(BytesPerSecond, s_grace);

    private readonly HttpContext _http;
    private readonly IHttpResponseBodyFeature _inner;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private bool _isWaiting;
    private long _written;

    private ResponsePace(HttpContext http, IHttpResponseBodyFeature inner, TimeProvider time) => (_http, _inner, _time) = (http, inner, time);

    /// <summary>Watches a request's answer; null where Kestrel does.</summary>
    public static ResponsePace? Begin(HttpContext http, TimeProvider time)
    {
        if (Framing.OwnsConnection(http))
        {
            if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            {
                rate.MinDataRate = s_rate;
            }

            return null;
        }

        var pace = new ResponsePace(http, http.Features.GetRequiredFeature<IHttpResponseBodyFeature>(), time);
        http.Features.Set<IHttpResponseBodyFeature>(pace);
        return pace;
    }

    public Stream Stream => field ??= AsStream(leaveOpen: true);

    public PipeWriter Writer => this;

    public override bool CanGetUnflushedBytes => _inner.Writer.CanGetUnflushedBytes;

    public override long UnflushedBytes => _inner.Writer.UnflushedBytes;

    public void DisableBuffering() => _inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => _inner.StartAsync(cancellationToken);

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default) =>
        SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

    public Task CompleteAsync() => _inner.CompleteAsync();

    public override void Advance(int bytes)
    {
        _written += bytes;
        _inner.Writer.Advance(bytes);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => _inner.Writer.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _inner.Writer.GetSpan(sizeHint);

    public override void CancelPendingFlush() => _inner.Writer.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => _inner.Writer.Complete(exception);

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) =>
        Watch(_inner.Writer.FlushAsync(cancellationToken));

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        _written += source.Length;
        return Watch(_inner.Writer.WriteAsync(source, cancellationToken));
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isWaiting = false;
            _timer?.Dispose();
            _timer = null;
        }
    }

    private ValueTask<FlushResult> Watch(ValueTask<FlushResult> flush) => flush.IsCompleted ? flush : WatchAsync(flush);

    private async ValueTask<FlushResult> WatchAsync(ValueTask<FlushResult> flush)
    {
        Begin();
        try
        {
            return await flush;
        }
        finally
        {
            End();
        }
    }

    private void Begin()
    {
        lock (_gate)
        {
            _isWaiting = true;
            _timer ??= _time.CreateTimer(static pace => ((ResponsePace)pace!).TooSlow(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(s_grace + TimeSpan.FromSeconds((double)Math.Min(_written, MostWaiting) / BytesPerSecond), Timeout.InfiniteTimeSpan);
        }
    }

    private void End()
    {
        lock (_gate)
        {
            _isWaiting = false;
            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private void TooSlow()
    {
        lock (_gate)
        {
            if (_isWaiting)
            {
                _http.Abort();
            }
        }
    }
}
