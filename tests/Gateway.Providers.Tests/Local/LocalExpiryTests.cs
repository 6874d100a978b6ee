using Gateway.Providers.Contract;
using Gateway.Providers.Local;
using Gateway.Providers.Tests.Translation;

namespace Gateway.Providers.Tests.Local;

public sealed class LocalExpiryTests
{
    private static readonly TimeSpan s_almost = TimeSpan.FromMinutes(20) - TimeSpan.FromSeconds(1);

    [Fact]
    public async Task An_idle_container_expires_and_cannot_be_revived()
    {
        await using var place = new LocalPlace();
        var id = await place.CreateAsync();
        var file = await place.UploadAsync(id, "a", "text");
        var active = place.Time.GetUtcNow().ToUnixTimeSeconds();
        place.Time.Advance(TimeSpan.FromMinutes(20));

        for (var i = 0; i < 2; i++)
        {
            var json = await place.JsonAsync(Operation.ContainerRetrieve, id);
            Assert.Equal(("expired", active), (json.GetProperty("status").GetString(), json.GetProperty("last_active_at").GetInt64()));
        }

        await place.EmptyAsync();
        foreach (var operation in Operation.All.Where(operation => operation.Name.Contains("_file_", StringComparison.Ordinal)))
        {
            var error = await place.ErrorAsync(operation, id, file, new CallBody.NewFile(new TestUpload("x")));
            Assert.Equal(
                (404, "Container is expired.", "invalid_request_error", null, null),
                (error.Status, error.Message, error.Type, error.Param, error.Code));
        }

        var listed = (await place.JsonAsync(Operation.ContainerList)).GetProperty("data")[0];
        Assert.Equal("expired", listed.GetProperty("status").GetString());
        Assert.True((await place.JsonAsync(Operation.ContainerDelete, id)).GetProperty("deleted").GetBoolean());
    }

    [Fact]
    public async Task A_file_operation_on_an_idle_container_removes_its_files()
    {
        await using var place = new LocalPlace();
        var id = await place.CreateAsync();
        var file = await place.UploadAsync(id, "a", "text");
        var target = LocalPlace.Id(await place.CreateAsync(new ContainerSpec { Name = "t", ExpiresAfter = new("last_active_at", 60) }));
        place.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.Equal(404, (await place.ErrorAsync(Operation.ContainerFileContent, id, file)).Status);
        await place.EmptyAsync();
        var reference = new CallBody.FileReference(file, null, default, "application/json");
        Assert.Equal("file_id", (await place.ErrorAsync(Operation.ContainerFileCreate, target, body: reference)).Param);
    }

    [Fact]
    public async Task Every_use_but_a_list_of_containers_keeps_it_alive()
    {
        await using var place = new LocalPlace();
        var id = await place.CreateAsync();
        var file = await place.UploadAsync(id, "a", "text");
        Func<Task>[] uses =
        [
            () => place.JsonAsync(Operation.ContainerRetrieve, id),
            () => place.JsonAsync(Operation.ContainerFileList, id),
            () => place.JsonAsync(Operation.ContainerFileRetrieve, id, file),
            () => place.TextAsync(id, file),
            () => place.UploadAsync(id, "b", "text"),
            () => place.JsonAsync(Operation.ContainerFileDelete, id, file),
        ];
        foreach (var use in uses)
        {
            place.Time.Advance(s_almost);
            await use();
            await place.Store.SweepAsync(default);
        }

        var before = place.Time.GetUtcNow().ToUnixTimeSeconds();
        place.Time.Advance(s_almost);
        var listed = (await place.JsonAsync(Operation.ContainerList)).GetProperty("data")[0];
        Assert.Equal(("running", before), (listed.GetProperty("status").GetString(), listed.GetProperty("last_active_at").GetInt64()));
        place.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("expired", await place.StatusAsync(id));
    }

    [Fact]
    public async Task A_long_upload_keeps_its_container_alive()
    {
        await using var place = new LocalPlace();
        var id = await place.CreateAsync();
        var body = new PacedStream();
        var upload = place.UploadAsync(id, new TestUpload(body));
        for (var i = 0; i < 4; i++)
        {
            await body.AskedAsync();
            place.Time.Advance(s_almost);
            await place.Store.SweepAsync(default);
            body.Send(new byte[10]);
        }

        body.End();
        Assert.Equal(40, (await upload).GetProperty("bytes").GetInt64());
        Assert.Equal("running", await place.StatusAsync(id));
    }

    [Fact]
    public async Task An_upload_into_a_container_that_expires_meanwhile_leaves_nothing()
    {
        await using var place = new LocalPlace();
        var id = await place.CreateAsync();
        var body = new PacedStream();
        var upload = place.RefusedAsync(id, new TestUpload(body));
        await body.AskedAsync();
        place.Time.Advance(TimeSpan.FromMinutes(20));
        body.Send(new byte[10]);
        Assert.Equal("Container is expired.", (await upload).Message);
        Assert.Empty(place.Tmp);
        Assert.Equal(0, await place.FileBytesAsync());
    }

    [Fact]
    public async Task The_sweep_of_idle_containers_runs_by_itself()
    {
        await using var place = new LocalPlace();
        await place.UploadAsync(await place.CreateAsync(), "a", "text");
        place.Time.Advance(TimeSpan.FromMinutes(20));
        await place.EmptyAsync();
    }

    [Fact]
    public async Task A_sweep_of_many_expires_exactly_the_idle_ones()
    {
        await using var place = new LocalPlace();
        var used = new List<string>();
        for (var i = 0; i < 450; i++)
        {
            var id = await place.CreateAsync();
            if (i % 3 == 0)
            {
                used.Add(id);
            }
        }

        place.Time.Advance(s_almost);
        foreach (var id in used)
        {
            await place.StatusAsync(id);
        }

        place.Time.Advance(TimeSpan.FromSeconds(1));
        await place.Store.SweepAsync(default);
        Assert.Equal(used.Count, await place.Store.Database.ReadAsync(LocalStoreContainers.CountRunning, default));
        foreach (var id in used)
        {
            Assert.False((await place.RowAsync(id)).Expired);
        }
    }

    [Fact]
    public async Task Containers_that_expired_while_nobody_ran_are_gone_at_the_start()
    {
        await using var place = new LocalPlace();
        var id = await place.CreateAsync();
        await place.UploadAsync(id, "a", "text");
        await place.RestartAsync(() => place.Time.Advance(TimeSpan.FromHours(1)));
        await place.EmptyAsync();
        Assert.Equal("expired", await place.StatusAsync(id));
    }

    [Fact]
    public async Task The_last_use_survives_a_restart()
    {
        await using var place = new LocalPlace();
        var id = await place.CreateAsync();
        place.Time.Advance(s_almost);
        await place.StatusAsync(id);
        await place.RestartAsync(() => place.Time.Advance(s_almost));
        Assert.Equal("running", await place.StatusAsync(id));
    }

    [Fact]
    public async Task A_crash_costs_a_container_no_more_than_the_last_second_of_its_activity()
    {
        await using var place = new LocalPlace();
        var id = await place.CreateAsync();
        place.Time.Advance(TimeSpan.FromMinutes(10));
        await place.StatusAsync(id);
        var used = place.Time.GetUtcNow().ToUnixTimeMilliseconds();
        place.Time.Advance(TimeSpan.FromSeconds(1));
        await LocalPlace.EventuallyAsync(
            async () => (await place.RowAsync(id)).LastActiveMs == used);
    }

    [Fact]
    public async Task A_clock_set_back_neither_expires_nor_unorders()
    {
        await using var place = new LocalPlace();
        var id = await place.CreateAsync();
        var now = place.Time.GetUtcNow();
        place.Time.AdjustTime(now - TimeSpan.FromHours(2));
        var json = await place.JsonAsync(Operation.ContainerRetrieve, id);
        Assert.Equal(("running", now.ToUnixTimeSeconds()), (json.GetProperty("status").GetString(), json.GetProperty("last_active_at").GetInt64()));
    }

    [Fact]
    public async Task Only_the_youngest_expired_containers_are_kept()
    {
        await using var place = new LocalPlace(new LocalOptions { MaxExpiredKept = 2 });
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            ids.Add(await place.CreateAsync());
            place.Time.Advance(TimeSpan.FromSeconds(1));
        }

        place.Time.Advance(TimeSpan.FromMinutes(20));
        await place.Store.SweepAsync(default);
        Assert.Equal(404, (await place.ErrorAsync(Operation.ContainerRetrieve, ids[1])).Status);
        Assert.Equal("expired", await place.StatusAsync(ids[2]));
        Assert.Equal("expired", await place.StatusAsync(ids[3]));
        Assert.Equal(
            2,
            (await place.JsonAsync(
                Operation.ContainerList, page: new PageQuery { After = ids[1], Order = ListOrder.Ascending })).GetProperty("data").GetArrayLength());
    }
}
