using Gateway.Providers.Translation;

namespace Gateway.Providers.Local;

/// <summary>
/// The free space of the disk. Below a reserve nothing new is taken, so that there is always room to record what is deleted; and one more
/// mebibyte is held by a file, for a disk that somebody else fills.
/// </summary>
internal sealed class LocalSpace
{
    private const long MaxReserve = 64L << 20;
    private const long MaxHeld = 1L << 20;
    private const int SmallDiskShare = 16;

    private readonly ILocalDisk _disk;
    private readonly string _directory;
    private readonly string _held;
    private readonly long? _reserve;
    private readonly Action<string> _warn;
    private readonly Lock _telling = new();
    private volatile bool _full;

    /// <param name="disk">The disk.</param>
    /// <param name="directory">A directory on it.</param>
    /// <param name="reserve">Bytes that stay free; null for 64 MiB, or a sixteenth of a disk below 1 GiB.</param>
    /// <param name="warn">Snapshot when the disk is full, and when it is not any more.</param>
    public LocalSpace(ILocalDisk disk, string directory, long? reserve, Action<string> warn)
    {
        _disk = disk;
        _directory = directory;
        _held = Path.Combine(directory, "reserve");
        _reserve = reserve;
        _warn = warn;
    }

    /// <summary>Whether uploads and creates are refused, as far as is known. Costs nothing.</summary>
    public bool IsFull => _full;

    /// <summary>Refuses (507) when no more than the reserve is free. Blocks.</summary>
    public void Demand()
    {
        Look();
        if (_full)
        {
            throw new TranslationRefusedException(TranslatedErrors.StorageFull);
        }
    }

    /// <summary>Sees how much is free, and holds what is to be held if there is room for it. Blocks.</summary>
    public void Look()
    {
        var (free, total) = _disk.Space(_directory);
        var reserve = _reserve ?? Math.Min(MaxReserve, total / SmallDiskShare);
        Tell(free < reserve, free, reserve);
        if (!_full && !File.Exists(_held))
        {
            Hold(Math.Min(MaxHeld, total / SmallDiskShare));
        }
    }

    /// <summary>Lets go of what is held: something has to be deleted, and the disk has no room to record that. Blocks.</summary>
    public void Release()
    {
        Tell(true, 0, 0);
        LocalStoreDirectory.Delete(_held);
    }

    private void Tell(bool full, long free, long reserve)
    {
        if (full == _full)
        {
            return;
        }

        lock (_telling)
        {
            if (full == _full)
            {
                return;
            }

            _full = full;
        }

        _warn(full
            ? $"storage_full: {free} bytes are free on the disk of '{_directory}' and {reserve} are kept in reserve; uploads and "
                + "creates are refused with 507"
            : $"the disk of '{_directory}' has room again: {free} bytes are free");
    }

    private void Hold(long bytes)
    {
        try
        {
            using var file = new FileStream(_held, LocalStoreDirectory.Private(FileMode.CreateNew, FileAccess.Write));

            // Written, not only set as the length: a hole holds no space.
            var zeros = new byte[64 * 1024];
            for (var left = bytes; left > 0; left -= zeros.Length)
            {
                file.Write(zeros, 0, (int)Math.Min(left, zeros.Length));
            }

            file.Flush(flushToDisk: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            LocalStoreDirectory.Delete(_held);
        }
    }
}
