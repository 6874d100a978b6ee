using System.Buffers;
using System.Security.Cryptography;
using Gateway.Providers.Sandbox;

namespace Gateway.Providers.Local;

/// <summary>
/// Bytes on their way into the store: received into <c>tmp/</c>, published into <c>files/</c>, kept once a row points to them. Until then
/// disposing it leaves nothing behind, neither bytes nor quota.
/// </summary>
internal sealed class LocalStoreDraft(LocalStoreDirectory directory, LocalStoreQuota quota, long maxBytes) : IDisposable
{
    // Large enough that hashing and the disk dominate the calls, small enough for thousands of uploads at a time.
    private const int BufferSize = 128 * 1024;

    private FileStream? _stream;
    private long _taken;
    private bool _kept;

    /// <summary>Name of the bytes.</summary>
    public string Blob { get; } = LocalStoreDirectory.NewBlobName();

    /// <summary>Bytes received.</summary>
    public long Bytes { get; private set; }

    /// <summary>SHA-256 of the bytes, lower-case hex; set by <see cref="ReceiveAsync"/>.</summary>
    public string Sha256 { get; private set; } = "";

    /// <summary>Takes quota before the first byte, for an upload known to be at least this long: two that cannot both fit do not both run.</summary>
    public void Expect(long bytes)
    {
        if (bytes > maxBytes)
        {
            throw SandboxErrors.FileTooLarge(maxBytes);
        }

        if (bytes > _taken)
        {
            quota.Take(bytes - _taken);
            _taken = bytes;
        }
    }

    /// <summary>Receives all bytes of <paramref name="source"/>.</summary>
    /// <param name="source">Read to its end.</param>
    /// <param name="alive">Called for each piece; throws when there is no point in going on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask ReceiveAsync(Stream source, Action alive, CancellationToken cancellationToken)
    {
        _stream = new FileStream(directory.TmpPath(Blob), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            Options = FileOptions.Asynchronous,
            BufferSize = 0,
        });
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (await source.ReadAsync(buffer.AsMemory(0, BufferSize), cancellationToken) is > 0 and var read)
            {
                alive();
                Expect(Bytes + read);
                hash.AppendData(buffer, 0, read);
                await _stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                Bytes += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Puts the bytes where they stay. They are on the disk, not only in its cache, before anything can point to them.</summary>
    public void Publish()
    {
        _stream!.Flush(flushToDisk: true);
        _stream.Dispose();
        _stream = null;
        directory.Publish(Blob);
    }

    /// <summary>A row points to the bytes: they, and exactly their quota, stay.</summary>
    public void Keep()
    {
        _kept = true;
        quota.Return(_taken - Bytes);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_kept)
        {
            return;
        }

        _stream?.Dispose();
        directory.DeleteTmp(Blob);
        directory.DeleteBlob(Blob);
        quota.Return(_taken);
        _taken = 0;
    }
}
