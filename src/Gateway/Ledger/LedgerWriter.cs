using System.Collections.Concurrent;

namespace Gateway.Ledger;

/// <summary>A thread that writes, so that none of the pool waits for the disk. Whatever waits when it comes round shares one transaction.</summary>
internal sealed class LedgerWriter : IAsyncDisposable
{
    private const int Capacity = 4096;
    private const int MaxTogether = 256;

    private readonly Func<Action<LedgerSession>, bool> _commit;
    private readonly BlockingCollection<Job> _jobs = new(Capacity);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts the thread.</summary>
    /// <param name="commit">Does what it is given in one transaction; false when nothing has happened. Never throws.</param>
    public LedgerWriter(Func<Action<LedgerSession>, bool> commit)
    {
        _commit = commit;
        new Thread(Run) { IsBackground = true, Name = "ledger" }.Start();
    }

    /// <summary>Does the work in its turn. False when it was not committed, or too much waits already.</summary>
    public Task<bool> WriteAsync(Action<LedgerSession> work)
    {
        var job = new Job(work, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            return _jobs.TryAdd(job) ? job.Done.Task : Task.FromResult(false);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
            return Task.FromResult(false);
        }
    }

    /// <summary>Ends after what waits is written.</summary>
    public async ValueTask DisposeAsync()
    {
        _jobs.CompleteAdding();
        await _ended.Task;
    }

    private void Run()
    {
        foreach (var first in _jobs.GetConsumingEnumerable())
        {
            List<Job> together = [first];
            while (together.Count < MaxTogether && _jobs.TryTake(out var next))
            {
                together.Add(next);
            }

            var done = _commit(session => together.ForEach(job => job.Work(session)));
            together.ForEach(job => job.Done.SetResult(done));
        }

        _ended.SetResult();
    }

    private sealed record Job(Action<LedgerSession> Work, TaskCompletionSource<bool> Done);
}
