using System.Text;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Tests.Translation;

/// <summary>An upload whose parts a test decides.</summary>
internal sealed class TestUpload(Stream content) : Upload
{
    public TestUpload(string text)
        : this(new MemoryStream(Encoding.UTF8.GetBytes(text)))
    {
    }

    public string? Name { get; init; }

    public string? Type { get; init; }

    public UploadFields First { get; init; } = new(null, null);

    /// <summary>All fields once the body is read; null when nothing followed the file.</summary>
    public UploadFields? Last { get; init; }

    public long? Length { get; init; }

    public long? MaxLength { get; init; }

    public GatewayError? BrokenEnd { get; init; }

    public override string? FileName => Name;

    public override string? PartContentType => Type;

    public override UploadFields Before => First;

    public override long? MaxContentLength => MaxLength;

    public override Stream Content { get; } = content;

    public override Stream Raw => throw new InvalidOperationException("A provider of recipes never sends the body on.");

    public override long? RawLength => Length;

    public override string RawContentType => "multipart/form-data; boundary=x";

    public override ValueTask<UploadFields> FinishAsync(CancellationToken cancellationToken) =>
        BrokenEnd is { } error ? throw new InvalidUploadException(error) : ValueTask.FromResult(Last ?? First);
}

/// <summary>A body whose pieces come when the test says so.</summary>
internal sealed class PacedStream : Stream
{
    private readonly System.Threading.Channels.Channel<byte[]> _pieces = System.Threading.Channels.Channel.CreateUnbounded<byte[]>();
    private readonly SemaphoreSlim _asked = new(0);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public void Send(byte[] piece) => Assert.True(_pieces.Writer.TryWrite(piece));

    public void End(Exception? error = null) => _pieces.Writer.Complete(error);

    /// <summary>Completes when the reader asks for a piece: everything sent before has been taken.</summary>
    public Task AskedAsync() => _asked.WaitAsync(TimeSpan.FromSeconds(30));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _asked.Release();
        while (await _pieces.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_pieces.Reader.TryRead(out var piece))
            {
                piece.CopyTo(buffer);
                return piece.Length;
            }
        }

        return 0;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
