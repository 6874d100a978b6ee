using System.Runtime.CompilerServices;
using Gateway.Telemetry;

namespace Gateway.Upstream;

/// <summary>
/// A connection that carries one upload. <see cref="SocketsHttpHandler"/> sends the whole body of an HTTP/1.1 request before it looks at the
/// response, so an upstream that refuses half way (413, 401) and closes would be seen as a broken connection. This stream listens while the body is
/// sent: a final error that arrives early stops the upload, later writes go nowhere, and the handler then reads the answer as if nothing had
/// happened. Its connections are never reused (the pool for uploads has a lifetime of zero).
/// </summary>
internal sealed class UploadConnection : ConnectionStream
{
    private readonly byte[] _early = new byte[4096];
    private readonly CancellationTokenSource _stop = new();
    private readonly JoinedToken _writing;
    private Task<int>? _listening;
    private int _earlyOffset;
    private volatile bool _stopped;

    public UploadConnection(Stream inner, InFlightGauge.Level connections)
        : base(inner, connections) => _writing = new JoinedToken(_stop);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_stopped)
        {
            return;
        }

        var upload = UploadBody.Current;
        try
        {
            await Inner.WriteAsync(buffer, _writing.With(cancellationToken));
        }
        catch (OperationCanceledException) when (_stopped && !cancellationToken.IsCancellationRequested)
        {
            // It has answered and reads no more; nothing will be written to this connection again.
            return;
        }
        catch (IOException) when (upload is not null && _listening is not null)
        {
            // It reads no more; if it has said why, the handler finds that in what was received.
            Stop(upload);
            return;
        }

        if (upload is not null)
        {
            _listening ??= ListenAsync(upload);
        }
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_listening is { } listening)
        {
            var available = await listening.WaitAsync(cancellationToken) - _earlyOffset;
            if (available > 0)
            {
                var count = Math.Min(available, buffer.Length);
                _early.AsMemory(_earlyOffset, count).CopyTo(buffer);
                _earlyOffset += count;
                return count;
            }
        }

        return await Inner.ReadAsync(buffer, cancellationToken);
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => _stopped ? Task.CompletedTask : Inner.FlushAsync(cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _writing.Dispose();
            _stop.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Only the final status counts: 1xx and 2xx leave the upload going.</summary>
    private static bool RefusesMore(ReadOnlySpan<byte> answer) =>
        answer.Length >= 12 && answer.StartsWith("HTTP/1."u8) && answer[9] is >= (byte)'3' and <= (byte)'5';

    private async Task<int> ListenAsync(UploadBody upload)
    {
        var received = 0;
        try
        {
            do
            {
                var read = await Inner.ReadAsync(_early.AsMemory(received));
                if (read == 0)
                {
                    Stop(upload);
                    return received;
                }

                received += read;
            }
            while (received < 12);

            if (RefusesMore(_early.AsSpan(0, received)))
            {
                Stop(upload);
            }

            return received;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // The reader meets the same end when it reads for itself.
            return received;
        }
    }

    private void Stop(UploadBody upload)
    {
        _stopped = true;
        try
        {
            upload.AnsweredEarly();
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The exchange has ended meanwhile.
        }
    }
}
