namespace Gateway.Upstream;

/// <summary>
/// A connection that carries one upload. <see cref="SocketsHttpHandler"/> sends the whole body of an HTTP/1.1 request before it looks at the
/// response, so an upstream that refuses half way (413, 401) and closes would be seen as a broken connection. This stream listens while the body is
/// sent: a final error that arrives early stops the upload, later writes go nowhere, and the handler then reads the answer as if nothing had
/// happened. Its connections are never reused (the pool for uploads has a lifetime of zero).
/// </summary>
internal sealed class UploadConnection(Stream inner) : Stream
{
    private readonly byte[] _early = new byte[4096];
    private Task<int>? _listening;
    private int _earlyOffset;
    private volatile bool _stopped;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_stopped)
        {
            return;
        }

        var upload = UploadBody.Current;
        try
        {
            await inner.WriteAsync(buffer, cancellationToken);
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

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

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

        return await inner.ReadAsync(buffer, cancellationToken);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => _stopped ? Task.CompletedTask : inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
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
                var read = await inner.ReadAsync(_early.AsMemory(received));
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
        }
        catch (ObjectDisposedException)
        {
            // The exchange has ended meanwhile.
        }
    }
}
