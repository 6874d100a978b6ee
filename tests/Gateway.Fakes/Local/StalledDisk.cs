using Gateway.Providers.Local;
using Gateway.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace Gateway.Fakes;

/// <summary>A disk that a test stalls: nothing gets on it until it goes on. It can also be full.</summary>
internal sealed class StalledDisk : ILocalDisk, IDisposable
{
    private readonly ManualResetEventSlim _goes = new(initialState: true);
    private int _waiting;
    private int _commits;

    /// <summary>Threads that wait for the disk.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Transactions committed.</summary>
    public int Commits => Volatile.Read(ref _commits);

    /// <summary>The section of a provider on this disk.</summary>
    public object Options => new LocalOptions { Disk = this };

    public bool IsFull { get; set; }

    public void Stall() => _goes.Reset();

    public void GoOn() => _goes.Set();

    public void Flush(SafeFileHandle file)
    {
        Wait();
        LocalDisk.Instance.Flush(file);
    }

    public void FlushDirectory(string path)
    {
        Wait();
        LocalDisk.Instance.FlushDirectory(path);
    }

    public void Commit(SqliteSession session)
    {
        Wait();
        Interlocked.Increment(ref _commits);
        LocalDisk.Instance.Commit(session);
    }

    public (long Free, long Total) Space(string path) => IsFull ? (0, 1L << 30) : LocalDisk.Instance.Space(path);

    public void Dispose()
    {
        GoOn();
        _goes.Dispose();
    }

    private void Wait()
    {
        Interlocked.Increment(ref _waiting);
        _goes.Wait(Until.Hung);
        Interlocked.Decrement(ref _waiting);
    }
}
