using System.Security.Cryptography;

namespace Gateway.Providers.Local;

/// <summary>
/// The provider's directory: the lock, the uploads in progress (<c>tmp/</c>) and the stored bytes (<c>files/</c>). It belongs to one process.
/// </summary>
internal sealed class LocalStoreDirectory : IDisposable
{
    private const int LinuxWouldBlock = 11;
    private const int MacWouldBlock = 35;
    private const int WindowsSharingViolation = unchecked((int)0x80070020);

    private readonly string _files;
    private readonly string _tmp;
    private readonly FileStream _lock;

    private LocalStoreDirectory(string root, FileStream @lock)
    {
        _lock = @lock;
        _files = Path.Combine(root, "files");
        _tmp = Path.Combine(root, "tmp");
        Database = Path.Combine(root, "local.db");
        CreatePrivate(_files);
        CreatePrivate(_tmp);
    }

    /// <summary>Path of the database.</summary>
    public string Database { get; }

    /// <summary>Takes the directory, creating it when it is absent. Throws <see cref="InvalidOperationException"/> when somebody else has it.</summary>
    public static LocalStoreDirectory Open(string root)
    {
        CreatePrivate(root);
        FileStream taken;
        try
        {
            taken = new FileStream(Path.Combine(root, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
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

    /// <summary>Moves a finished upload to where it stays, name and all.</summary>
    public void Publish(string blob)
    {
        File.Move(TmpPath(blob), BlobPath(blob));
        LocalDisk.FlushDirectory(_files);
    }

    /// <summary>A name nobody can guess and nothing else has.</summary>
    public static string NewBlobName() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    /// <summary>Where the bytes of an upload in progress are.</summary>
    public string TmpPath(string blob) => Path.Combine(_tmp, blob);

    /// <summary>Where stored bytes are.</summary>
    public string BlobPath(string blob) => Path.Combine(_files, blob);

    /// <summary>Opens stored bytes; deleting them meanwhile does not disturb the reader. Null when they are gone.</summary>
    public FileStream? OpenBlob(string blob)
    {
        try
        {
            // No buffer: everyone who reads from here brings a large one.
            return new FileStream(BlobPath(blob), new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.Read | FileShare.Delete,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
                BufferSize = 0,
            });
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Every stored blob with its length.</summary>
    public Dictionary<string, long> Blobs() => new DirectoryInfo(_files).EnumerateFiles().ToDictionary(file => file.Name, file => file.Length);

    /// <summary>Removes stored bytes. A failure is not one of the caller: the start-up cleaning removes what is left.</summary>
    public void DeleteBlob(string blob) => Delete(BlobPath(blob));

    /// <summary>Removes the bytes of an upload in progress.</summary>
    public void DeleteTmp(string blob) => Delete(TmpPath(blob));

    /// <summary>Removes every upload in progress; nobody uploads yet.</summary>
    /// <returns>How many there were.</returns>
    public int ClearTmp()
    {
        var stray = Directory.GetFiles(_tmp);
        Array.ForEach(stray, Delete);
        return stray.Length;
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static void Delete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
