using Gateway.Providers.Contract;
using Gateway.Sqlite;

namespace Gateway.Providers.Tests.Local;

public sealed class LocalReadsTests
{
    private static readonly TimeSpan s_hung = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task Disk_that_does_not_answer_keeps_no_caller_and_calls_beyond_the_queue_are_told_to_come_again()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var file = await place.UploadAsync(container, "a", "text");
        using var goes = new ManualResetEventSlim();
        var threads = place.Store.Database.ReadThreads;
        using var began = new CountdownEvent(threads.MaxThreads);
        void Hang()
        {
            began.Signal();
            goes.Wait(s_hung);
        }

        var hung = Enumerable.Range(0, threads.MaxThreads).Select(_ => threads.RunAsync(Hang).AsTask()).ToList();
        Assert.True(began.Wait(s_hung));

        // Each returns to its caller, or this test would go no further.
        List<Task> calls =
        [
            place.AskAsync(Operation.ContainerRetrieve, container),
            place.AskAsync(Operation.ContainerList),
            place.AskAsync(Operation.ContainerFileList, container),
            place.AskAsync(Operation.ContainerFileRetrieve, container, file),
            place.TextAsync(container, file),
            place.CreateAsync(),
            place.UploadAsync(container, "b", "text"),
        ];
        Assert.DoesNotContain(calls, call => call.IsCompleted);
        try
        {
            while (true)
            {
                hung.Add(threads.RunAsync(() => { }).AsTask());
                await (hung[^1].IsFaulted ? hung[^1] : Task.CompletedTask);
            }
        }
        catch (DiskBusyException)
        {
            hung.RemoveAt(hung.Count - 1);
        }

        Assert.Equal((503, "storage_busy"), await StatusAsync(place.ErrorAsync(Operation.ContainerRetrieve, container)));
        var broken = await Assert.ThrowsAsync<UpstreamBrokenException>(async () => await place.Provider.FindFileAsync(file, null, null!, default));
        Assert.Equal("storage_busy", broken.Error.Code);

        goes.Set();
        await Task.WhenAll([.. hung, .. calls]).WaitAsync(s_hung);
    }

    private static async Task<(int Status, string? Code)> StatusAsync(Task<GatewayError> error) => ((await error).Status, (await error).Code);
}
