namespace Gateway.Sqlite;

/// <summary>
/// Files and directories that only the gateway's own user may look into (0600 and 0700). On Windows they inherit the rules of their directory.
/// </summary>
public static class PrivateFiles
{
    private const UnixFileMode OnlyOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>
    /// Makes the directory, or closes an existing one to others. One that belongs to someone else, such as a mounted volume, cannot be closed, and
    /// one with the sticky bit, such as <c>/tmp</c>, is everybody's on purpose: there the files' own modes have to do.
    /// </summary>
    public static void CloseDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        var info = Directory.CreateDirectory(path, OnlyOwner | UnixFileMode.UserExecute);
        if (info.Parent is not null && !info.UnixFileMode.HasFlag(UnixFileMode.StickyBit))
        {
            SetMode(path, OnlyOwner | UnixFileMode.UserExecute);
        }
    }

    /// <summary>
    /// Makes a database's file if there is none, and closes it and what stands beside it to others. SQLite gives its log and index the mode of the
    /// database (https://www.sqlite.org/src/doc/trunk/src/os_unix.c, findCreateFileMode), so it has to be right before they are made.
    /// </summary>
    public static void CloseDatabase(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // Never opened when it exists: closing it would drop the locks SQLite holds on it for this process
        // (https://www.sqlite.org/howtocorrupt.html, section 2.2).
        if (!File.Exists(path))
        {
            new FileStream(
                path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OnlyOwner }).Dispose();
        }

        foreach (var file in new[] { path, path + "-wal", path + "-shm" }.Where(File.Exists))
        {
            SetMode(file, OnlyOwner);
        }
    }

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    private static void SetMode(string path, UnixFileMode mode)
    {
        if (File.GetUnixFileMode(path) == mode)
        {
            return;
        }

        try
        {
            File.SetUnixFileMode(path, mode);
        }
        catch (Exception notOurs) when (notOurs is UnauthorizedAccessException or IOException)
        {
            // Its owner decides.
        }
    }
}
