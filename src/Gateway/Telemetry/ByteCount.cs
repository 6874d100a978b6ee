namespace Gateway.Telemetry;

/// <summary>Bytes of a body that have passed so far.</summary>
internal sealed class ByteCount
{
    private long _count;

    /// <summary>Bytes so far.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>More have passed. Bodies have one reader or writer at a time.</summary>
    public void Add(long bytes) => Volatile.Write(ref _count, _count + bytes);

    /// <summary>A request body whose bytes are counted as they are read.</summary>
    public Stream Reading(Stream body) => new CountedStream(body, this);

    /// <summary>A response body whose bytes are counted as they are taken over by the server.</summary>
    public Stream Writing(Stream body) => new CountedStream(body, this);

    private sealed class CountedStream(Stream inner, ByteCount count) : Stream
    {
        public override bool CanRead => inner.CanRead;

        public override bool CanSeek => false;

        public override bool CanWrite => inner.CanWrite;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            count.Add(read);
            return read;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int length, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, length), cancellationToken).AsTask();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await inner.WriteAsync(buffer, cancellationToken);
            count.Add(buffer.Length);
        }

        public override Task WriteAsync(byte[] buffer, int offset, int length, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, length), cancellationToken).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int length) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int length) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
