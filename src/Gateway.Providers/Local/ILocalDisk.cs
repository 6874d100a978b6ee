using Gateway.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Providers.Local;

/// <summary>
/// What the store asks of the disk and the disk may take long for, or refuse. Every member blocks: never call one on a thread of the pool.
/// </summary>
internal interface ILocalDisk
{
    /// <summary>Returns when the bytes of the file are on the disk.</summary>
    void Flush(SafeFileHandle file);

    /// <summary>Returns when the directory's entries are on the disk.</summary>
    void FlushDirectory(string path);

    /// <summary>Commits the transaction of a session.</summary>
    void Commit(SqliteSession session);

    /// <summary>Bytes of the file system this directory is on: free for this process, and all.</summary>
    (long Free, long Total) Space(string path);
}
