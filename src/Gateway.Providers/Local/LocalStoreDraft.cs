using System.Buffers;
using System.Security.Cryptography;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Local;

/// <summary>
/// Bytes on their way into the store: received into <c>tmp/</c>, kept once a row points to them. Until then disposing it leaves nothing behind,
/// neither bytes nor quota.
/// </summary>
internal sealed class LocalStoreDraft(LocalStore store, LocalStoreDirectory directory, long maxBytes) : IAsyncDisposable
{
    // Large enough that hashing and the disk dominate the calls, small enough for thousands of uploads at a time.
    private const int BufferSize = 128 * 1024;

    private FileStream? _file;
    private long _taken;
    private bool _kept;

    /// <summary>Name of the bytes.</summary>
    public string Blob { get; } = LocalStoreDirectory.NewBlobName();

    /// <summary>Bytes received.</summary>
    public long Bytes { get; private set; }

    /// <summary>SHA-256 of the bytes, lower-case hex; set by <see cref="ReceiveAsync"/>.</summary>
    public string Sha256 { get; private set; } = "";

    /// <summary>Refuses an upload of at least so many bytes that cannot fit now. Takes nothing: what is promised may never come.</summary>
    public void Expect(long bytes)
    {
        if (bytes > maxBytes)
        {
            throw TranslatedErrors.FileTooLarge(maxBytes);
        }

        store.Quota.Demand(bytes);
    }

    /// <summary>Takes quota for the row as well.</summary>
    public void TakeRow(string path, string contentType) => Take(LocalRoom.OfRow(path, contentType));

    /// <summary>Receives all bytes of <paramref name="source"/>, and returns when they are on the disk.</summary>
    /// <param name="source">Read to its end.</param>
    /// <param name="alive">Called for each piece; throws when there is no point in going on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask ReceiveAsync(Stream source, Action alive, CancellationToken cancellationToken)
    {
        await store.Writes.RunAsync(Create, cancellationToken);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            var filled = 0;
            while (await source.ReadAsync(buffer.AsMemory(filled, BufferSize - filled), cancellationToken) is > 0 and var read)
            {
                alive();
                if (Bytes + read > maxBytes)
                {
                    throw TranslatedErrors.FileTooLarge(maxBytes);
                }

                Take(read);
                Bytes += read;
                filled += read;
                if (filled == BufferSize)
                {
                    hash.AppendData(buffer, 0, filled);
                    await WriteAsync(buffer.AsMemory(0, filled), cancellationToken);
                    filled = 0;
                }
            }

            hash.AppendData(buffer, 0, filled);
            await store.Writes.RunAsync(() => End(buffer.AsSpan(0, filled)), cancellationToken);
        }
        finally
        {
            // Nobody uses it: work that has begun is always waited for.
            ArrayPool<byte>.Shared.Return(buffer);
        }

        Sha256 = Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>A row points to the bytes: they and their quota stay.</summary>
    public void Keep() => _kept = true;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_kept)
        {
            return;
        }

        await store.DiscardAsync(Discard);
        store.Quota.Return(_taken);
        _taken = 0;
    }

    private void Take(long bytes)
    {
        store.Quota.Take(bytes);
        _taken += bytes;
    }

    private void Create()
    {
        store.Space.Demand();
        _file = new FileStream(directory.TmpPath(Blob), LocalStoreDirectory.Private(FileMode.CreateNew, FileAccess.Write));
    }

    private ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var offset = Bytes - bytes.Length;
        return store.Writes.RunAsync(
            () =>
            {
                store.Space.Demand();
                RandomAccess.Write(_file!.SafeFileHandle, bytes.Span, offset);
            },
            cancellationToken);
    }

    private void End(ReadOnlySpan<byte> last)
    {
        store.Space.Demand();
        RandomAccess.Write(_file!.SafeFileHandle, last, Bytes - last.Length);
        store.Disk.Flush(_file.SafeFileHandle);
        _file.Dispose();
    }

    private void Discard()
    {
        _file?.Dispose();
        directory.DeleteBlob(Blob);
    }
}
