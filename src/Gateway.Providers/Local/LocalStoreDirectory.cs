using System.Security.Cryptography;
using Gateway.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>
/// The provider's directory: the lock, the uploads in progress (<c>tmp/</c>) and the stored bytes (<c>files/</c>). It belongs to one process.
/// </summary>
internal sealed class LocalStoreDirectory : IDisposable
{
    private const int LinuxWouldBlock = 11;
    private const int MacWouldBlock = 35;
    private const int WindowsSharingViolation = unchecked((int)0x80070020);
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _files;
    private readonly FileStream _lock;

    private LocalStoreDirectory(string root, FileStream @lock)
    {
        _lock = @lock;
        Root = root;
        _files = Path.Combine(root, "files");
        Tmp = Path.Combine(root, "tmp");
        Lost = Path.Combine(root, "lost");
        Database = Path.Combine(root, "local.db");
        HadFiles = Directory.Exists(_files);
        HadDatabase = new FileInfo(Database) is { Exists: true, Length: > 0 };
        PrivateFiles.CloseDirectory(_files);
        PrivateFiles.CloseDirectory(Tmp);
    }

    /// <summary>The directory itself.</summary>
    public string Root { get; }

    /// <summary>Path of the database.</summary>
    public string Database { get; }

    /// <summary>Where the bytes of uploads are until their row is committed.</summary>
    public string Tmp { get; }

    /// <summary>Where a start moves what it cannot explain.</summary>
    public string Lost { get; }

    /// <summary>Whether the directory of stored bytes was there before this process.</summary>
    public bool HadFiles { get; }

    /// <summary>Whether the database was there before this process.</summary>
    public bool HadDatabase { get; }

    /// <summary>
    /// Takes the directory, creating it when it is absent. Throws <see cref="InvalidOperationException"/> when somebody else has it.
    /// </summary>
    public static LocalStoreDirectory Open(string root)
    {
        PrivateFiles.CloseDirectory(root);
        FileStream taken;
        try
        {
            taken = new FileStream(Path.Combine(root, "lock"), Private(FileMode.OpenOrCreate, FileAccess.ReadWrite));
        }
        catch (IOException inUse) when (inUse.HResult is LinuxWouldBlock or MacWouldBlock or WindowsSharingViolation)
        {
            throw new InvalidOperationException(
                $"The directory '{root}' of a local provider is in use by another gateway. Give each gateway a data_directory of its own.", inUse);
        }

        try
        {
            return new LocalStoreDirectory(root, taken);
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>How a file is opened that only this process uses and only its user may read.</summary>
    public static FileStreamOptions Private(FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows() && mode is not FileMode.Open)
        {
            options.UnixCreateMode = OwnerOnly;
        }

        return options;
    }

    /// <summary>A name nobody can guess and nothing else has.</summary>
    public static string NewBlobName() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>Where the bytes of an upload in progress are.</summary>
    public string TmpPath(string blob) => Path.Combine(Tmp, blob);

    /// <summary>Where stored bytes are.</summary>
    public string BlobPath(string blob) => Path.Combine(_files, blob);

    /// <summary>
    /// Moves the bytes of a committed row to where they stay. When it fails they are found where they are, and the next start moves them.
    /// </summary>
    public void Publish(string blob) => Attempt(() => File.Move(TmpPath(blob), BlobPath(blob)));

    /// <summary>Opens stored bytes; deleting them meanwhile does not disturb the reader. Null when they are gone. Blocks.</summary>
    public LocalBlobStream? OpenBlob(string blob, long bytes, DiskThreads threads)
    {
        // Between the commit of its row and the end of the upload a blob is on its way from one to the other.
        foreach (var path in (ReadOnlySpan<string>)[BlobPath(blob), TmpPath(blob), BlobPath(blob)])
        {
            try
            {
                var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.SequentialScan);
                if (RandomAccess.GetLength(file) == bytes)
                {
                    return new LocalBlobStream(file, bytes, threads);
                }

                file.Dispose();
                return null;
            }
            catch (FileNotFoundException)
            {
            }
        }

        return null;
    }

    /// <summary>Stored bytes with their lengths.</summary>
    public Dictionary<string, long> Blobs() => Lengths(_files);

    /// <summary>Bytes of uploads with their lengths.</summary>
    public Dictionary<string, long> Uploads() => Lengths(Tmp);

    /// <summary>Removes stored bytes.</summary>
    /// <returns>False when they are still there.</returns>
    public bool DeleteBlob(string blob) => Delete(BlobPath(blob)) && Delete(TmpPath(blob));

    /// <summary>Frees the bytes of a blob whose row is about to go, and keeps its name: a start that finds it empty knows why.</summary>
    public void Empty(string blob) => Attempt(() =>
    {
        using var file = new FileStream(BlobPath(blob), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        file.SetLength(0);
    });

    /// <summary>Moves what nobody can explain out of the way, under its name.</summary>
    public void MoveToLost(string path)
    {
        PrivateFiles.CloseDirectory(Lost);
        File.Move(path, Path.Combine(Lost, Path.GetFileName(path)), overwrite: false);
    }

    /// <summary>Adds to a file beside what was moved out of the way.</summary>
    public void AppendToLost(string name, Action<Stream> write)
    {
        PrivateFiles.CloseDirectory(Lost);
        using var file = new FileStream(Path.Combine(Lost, name), Private(FileMode.Append, FileAccess.Write));
        write(file);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Takes back what opening an unusable directory made, so that the next start sees what this one saw.</summary>
    public void Undo()
    {
        if (!HadFiles)
        {
            Attempt(() => Directory.Delete(_files));
        }

        if (!HadDatabase)
        {
            Array.ForEach([Database, Database + "-wal", Database + "-shm"], path => Delete(path));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    /// <summary>Removes a file, if it is there.</summary>
    /// <returns>False when it is still there.</returns>
    public static bool Delete(string path) => Attempt(() => File.Delete(path));

    private static bool Attempt(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static Dictionary<string, long> Lengths(string path) =>
        new DirectoryInfo(path).EnumerateFiles().ToDictionary(file => file.Name, file => file.Length);
}
