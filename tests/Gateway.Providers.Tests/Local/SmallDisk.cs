using System.Diagnostics;
using Gateway.Providers.Local;
using Gateway.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Providers.Tests.Local;

/// <summary>
/// A disk of 12 MiB: a file system in memory where mounting is permitted. Elsewhere a directory that counts as one, whose commits fail while more is
/// in it.
/// </summary>
internal sealed class SmallDisk : ILocalDisk, IDisposable
{
    private const long Size = 12L << 20;
    private readonly bool _isMounted;

    public SmallDisk() =>
        _isMounted = OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", "size=12m,mode=700", "tmpfs", Root) == 0;

    public string Root { get; } = Directory.CreateTempSubdirectory("gateway-small-").FullName;

    private string Filler => Path.Combine(Root, "filler");

    private long Used => Directory.GetFiles(Root, "*", SearchOption.AllDirectories).Sum(Length);

    /// <summary>Somebody else takes what is left.</summary>
    public void Fill()
    {
        using var filler = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        try
        {
            while (_isMounted || Used <= Size)
            {
                filler.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
        }
    }

    public void Unfill() => File.Delete(Filler);

    public void Flush(SafeFileHandle file) => LocalDisk.Instance.Flush(file);

    public void FlushDirectory(string path) => LocalDisk.Instance.FlushDirectory(path);

    public void Commit(SqliteSession session)
    {
        if (!_isMounted && Used > Size)
        {
            throw new SqliteException("database or disk is full", 13);
        }

        LocalDisk.Instance.Commit(session);
    }

    public (long Free, long Total) Space(string path) => _isMounted ? LocalDisk.Instance.Space(path) : (Math.Max(0, Size - Used), Size);

    public void Dispose()
    {
        if (_isMounted)
        {
            Run("umount", "-l", Root);
        }

        if (Directory.Exists(Root))
        {
            Directory.Delete(Root, recursive: true);
        }
    }

    private static long Length(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    private static int Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, UseShellExecute = false })!;
            process.WaitForExit();
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }
}
