using Gateway.Sqlite;
using Xunit;

namespace Gateway.Tests.Sqlite;

public sealed class DiskThreadsTests
{
    private static readonly TimeSpan s_hung = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Disk_work_is_done_beside_the_pool_and_its_result_and_failure_come_back()
    {
        await using var threads = new DiskThreads("test", threads: 2, capacity: 4);
        Assert.False(await threads.RunAsync(() => Thread.CurrentThread.IsThreadPoolThread));
        var failure = await Assert.ThrowsAsync<IOException>(async () => await threads.RunAsync(() => throw new IOException("full")));
        Assert.Equal("full", failure.Message);
        Assert.Equal(1, await threads.RunAsync(() => 1));
    }

    [Fact]
    public async Task Disk_work_runs_on_no_more_than_its_threads_and_waits_in_no_more_than_its_capacity()
    {
        await using var threads = new DiskThreads("test", threads: 2, capacity: 3);
        using var go = new ManualResetEventSlim();
        using var began = new SemaphoreSlim(0);
        var active = 0;
        var most = 0;
        void Wait()
        {
            var now = Interlocked.Increment(ref active);
            InterlockedMax(ref most, now);
            began.Release();
            go.Wait(s_hung);
            Interlocked.Decrement(ref active);
        }

        List<Task> work = [threads.RunAsync(Wait).AsTask(), threads.RunAsync(Wait).AsTask()];
        Assert.True(await began.WaitAsync(s_hung) && await began.WaitAsync(s_hung));
        work.AddRange(Enumerable.Range(0, 3).Select(_ => threads.RunAsync(Wait).AsTask()));
        await Assert.ThrowsAsync<DiskBusyException>(async () => await threads.RunAsync(Wait));
        Assert.Equal(3, threads.Waiting);
        go.Set();
        await Task.WhenAll(work).WaitAsync(s_hung);
        Assert.Equal(2, most);
        await threads.RunAsync(Wait);
    }

    [Fact]
    public async Task Disk_work_whose_caller_left_while_it_waited_is_not_done()
    {
        await using var threads = new DiskThreads("test", threads: 1, capacity: 3);
        using var go = new ManualResetEventSlim();
        var first = threads.RunAsync(() => go.Wait(s_hung)).AsTask();
        using var leaving = new CancellationTokenSource();
        var done = false;
        var second = threads.RunAsync(() => done = true, leaving.Token).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.WaitAsync(s_hung));
        go.Set();
        await first;
        await threads.RunAsync(() => { });
        Assert.False(done);
    }

    [Fact]
    public async Task Closing_of_the_disk_threads_does_what_was_taken_and_takes_no_more()
    {
        var threads = new DiskThreads("test", threads: 1, capacity: 3);
        using var go = new ManualResetEventSlim();
        var first = threads.RunAsync(() => go.Wait(s_hung)).AsTask();
        var second = threads.RunAsync(() => 2).AsTask();
        var closing = threads.DisposeAsync().AsTask();
        Assert.Throws<ObjectDisposedException>(() => threads.Post(() => { }));
        go.Set();
        await closing.WaitAsync(s_hung);
        Assert.Equal(2, await second);
        await first;
        await threads.DisposeAsync();
        await new DiskThreads("unused", 1, 1).DisposeAsync();
    }

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); value > seen;)
        {
            var found = Interlocked.CompareExchange(ref target, value, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }
}
