using System.ComponentModel;
using System.Runtime.InteropServices;
using Gateway.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Providers.Local;

/// <summary>The disk as it is.</summary>
internal sealed partial class LocalDisk : ILocalDisk
{
    /// <summary>A file system that does not flush directories.</summary>
    private const int InvalidArgument = 22;

    private LocalDisk()
    {
    }

    /// <summary>The only instance.</summary>
    public static LocalDisk Instance { get; } = new();

    /// <inheritdoc/>
    public void Flush(SafeFileHandle file) => RandomAccess.FlushToDisk(file);

    /// <summary>
    /// Puts the entries of a directory on the disk, without which a new or renamed file can be gone after a power failure (fsync(2)); .NET has no
    /// call for it. Throws <see cref="IOException"/> when they cannot be put there.
    /// </summary>
    public void FlushDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            // Its file systems write names in their journal, in order.
            return;
        }

        var directory = Open(path, 0);
        if (directory < 0)
        {
            throw Failure(path);
        }

        try
        {
            if (Flush(directory) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument)
            {
                throw Failure(path);
            }
        }
        finally
        {
            _ = Close(directory);
        }
    }

    /// <inheritdoc/>
    public void Commit(SqliteSession session) => session.Execute("COMMIT");

    /// <inheritdoc/>
    public (long Free, long Total) Space(string path)
    {
        var drive = new DriveInfo(path);
        return (drive.AvailableFreeSpace, drive.TotalSize);
    }

    private static IOException Failure(string path) =>
        new(
            $"The entries of '{path}' cannot be put on the disk: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}",
            Marshal.GetLastPInvokeError());

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
