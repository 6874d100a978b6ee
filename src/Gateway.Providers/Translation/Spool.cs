using System.Buffers;

namespace Gateway.Providers.Translation;

/// <summary>
/// Bytes of unknown number on their way to a place that wants to know it first: kept on the gateway's disk, in a file that has no name any more
/// once it is open, so that not even a crash leaves it behind.
/// </summary>
internal sealed class Spool : IAsyncDisposable
{
    private const int PieceSize = 128 * 1024;

    private readonly FileStream _file;

    private readonly SpoolSpace _space;
    private long _taken;

    private Spool(FileStream file, SpoolSpace space)
    {
        _file = file;
        _space = space;
    }

    /// <summary>The bytes, from the first.</summary>
    public Stream Content => _file;

    /// <summary>Their number.</summary>
    public long Length => _file.Length;

    /// <summary>Receives all bytes of a source.</summary>
    /// <param name="directory">Where to keep them; made when it is missing.</param>
    /// <param name="space">What there is for all of them.</param>
    /// <param name="source">Read to its end.</param>
    /// <param name="maxBytes">More than these throw <see cref="TranslationRefusedException"/> (413).</param>
    /// <param name="alive">Called for each piece; throws when there is no point in going on.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async ValueTask<Spool> ReceiveAsync(
        string directory, SpoolSpace space, Stream source, long maxBytes, Func<CancellationToken, ValueTask> alive,
        CancellationToken cancellationToken)
    {
        var spool = new Spool(Open(directory), space);
        var buffer = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            var total = 0L;
            while (await source.ReadAsync(buffer.AsMemory(0, PieceSize), cancellationToken) is > 0 and var read)
            {
                total += read;
                if (total > maxBytes)
                {
                    throw TranslatedErrors.FileTooLarge(maxBytes);
                }

                space.Take(read);
                spool._taken += read;
                await alive(cancellationToken);
                await spool._file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            spool._file.Position = 0;
            return spool;
        }
        catch
        {
            await spool.DisposeAsync();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _file.DisposeAsync();
        _space.Give(Interlocked.Exchange(ref _taken, 0));
    }

    private static FileStream Open(string directory)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, Path.GetRandomFileName());
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        var file = new FileStream(path, options);
        if (!OperatingSystem.IsWindows())
        {
            File.Delete(path);
        }

        return file;
    }
}
