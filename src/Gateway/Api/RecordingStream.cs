using Gateway.Providers.Contract;
using Gateway.Providers.Streams;

namespace Gateway.Api;

/// <summary>Passes reads on and keeps what was read, until told to stop; keeping more than the limit is the client's error.</summary>
internal sealed class RecordingStream(Stream inner, int limit) : ForwardOnlyStream
{
    private readonly MemoryStream _recorded = new();
    private bool _stopped;

    /// <summary>What was read so far.</summary>
    public ReadOnlyMemory<byte> Recorded => _recorded.GetBuffer().AsMemory(0, (int)_recorded.Length);

    /// <summary>Keeps nothing from now on.</summary>
    public void Stop() => _stopped = true;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await inner.ReadAsync(buffer, cancellationToken);
        if (!_stopped)
        {
            if (_recorded.Length + read > limit)
            {
                throw new InvalidUploadException(MultipartReading.Invalid($"the fields in front of the file exceed {limit} bytes"));
            }

            _recorded.Write(buffer.Span[..read]);
        }

        return read;
    }
}
