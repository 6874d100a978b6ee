using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Gateway.Providers.Local;

/// <summary>What .NET has no call for: putting the entries of a directory on the disk, without which a renamed file can be gone after a power failure (fsync(2)).</summary>
internal static partial class LocalDisk
{
    /// <summary>A file system that does not do this for directories.</summary>
    private const int InvalidArgument = 22;

    /// <summary>Returns when the directory's entries are on the disk. Throws <see cref="IOException"/> when they cannot be put there.</summary>
    public static void FlushDirectory(string path)
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

    private static IOException Failure(string path) =>
        new($"The entries of '{path}' cannot be put on the disk: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
