using System.Text.Json;
using CsCheck;
using Gateway.Providers.Contract;
using Gateway.Providers.Local;

namespace Gateway.Providers.Tests.Local;

public sealed class LocalPagingTests
{
    [Fact]
    public async Task An_empty_list_has_all_its_members()
    {
        await using var place = new LocalPlace();
        const string Empty = """{"object":"list","data":[],"first_id":null,"last_id":null,"has_more":false}""";
        Assert.Equal(Empty, (await place.JsonAsync(Operation.ContainerList)).GetRawText());
        Assert.Equal(Empty, (await place.JsonAsync(Operation.ContainerFileList, await place.CreateAsync())).GetRawText());
    }

    [Fact]
    public async Task Objects_of_one_second_keep_their_order()
    {
        await using var place = new LocalPlace();
        var ids = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            ids.Add(await place.CreateAsync());
        }

        var page = await place.JsonAsync(Operation.ContainerList, page: new PageQuery { Limit = 3 });
        Assert.Equal([ids[6], ids[5], ids[4]], Ids(page));
        Assert.Equal((ids[6], ids[4], true), Frame(page));
        page = await place.JsonAsync(Operation.ContainerList, page: new PageQuery { Limit = 4, After = ids[4] });
        Assert.Equal([ids[3], ids[2], ids[1], ids[0]], Ids(page));
        Assert.Equal((ids[3], ids[0], false), Frame(page));
        page = await place.JsonAsync(Operation.ContainerList, page: new PageQuery { After = ids[0] });
        Assert.Equal((null, null, false), Frame(page));
        page = await place.JsonAsync(Operation.ContainerList, page: new PageQuery { Limit = 2, After = ids[1], Order = ListOrder.Ascending });
        Assert.Equal([ids[2], ids[3]], Ids(page));
    }

    [Fact]
    public async Task The_name_filter_is_exact_and_pages_on()
    {
        await using var place = new LocalPlace();
        foreach (var name in new[] { "a", "A", "a ", "ab", "a", "a" })
        {
            await place.CreateAsync(name);
        }

        var page = await place.JsonAsync(Operation.ContainerList, page: new PageQuery { Name = "a", Limit = 2 });
        Assert.Equal((2, true), (Ids(page).Count, Frame(page).HasMore));
        page = await place.JsonAsync(Operation.ContainerList, page: new PageQuery { Name = "a", Limit = 2, After = Frame(page).Last });
        Assert.Equal((1, false), (Ids(page).Count, Frame(page).HasMore));
    }

    [Fact]
    public async Task A_cursor_outlives_its_object_by_a_day()
    {
        await using var place = new LocalPlace();
        var first = await place.CreateAsync();
        var second = await place.CreateAsync();
        await place.JsonAsync(Operation.ContainerDelete, second);
        Assert.Equal([first], Ids(await place.JsonAsync(Operation.ContainerList, page: new PageQuery { After = second })));

        var old = await place.UploadAsync(first, "a", "1");
        var kept = await place.UploadAsync(first, "b", "2");
        await place.UploadAsync(first, "a", "3");
        Assert.Equal(
            2,
            Ids(await place.JsonAsync(Operation.ContainerFileList, first, page: new PageQuery { After = old, Order = ListOrder.Ascending })).Count);
        await place.JsonAsync(Operation.ContainerFileDelete, first, kept);
        Assert.Empty(Ids(await place.JsonAsync(Operation.ContainerFileList, first, page: new PageQuery { After = kept })));

        place.Time.Advance(TimeSpan.FromHours(24));
        await place.Store.SweepAsync(default);
        Assert.Equal("after", (await place.ErrorAsync(Operation.ContainerList, page: new PageQuery { After = second })).Param);
    }

    [Fact]
    public async Task A_cursor_that_never_was_is_refused()
    {
        await using var place = new LocalPlace();
        var container = await place.CreateAsync();
        var file = await place.UploadAsync(container, "a", "1");
        foreach (var after in new[] { "nonsense", "", file })
        {
            var error = await place.ErrorAsync(Operation.ContainerList, page: new PageQuery { After = after });
            Assert.Equal((400, "invalid_request_error", "after"), (error.Status, error.Type, error.Param));
        }

        Assert.Equal("after", (await place.ErrorAsync(Operation.ContainerFileList, container, page: new PageQuery { After = container })).Param);
        await place.JsonAsync(Operation.ContainerFileDelete, container, file);
        Assert.Equal("after", (await place.ErrorAsync(Operation.ContainerList, page: new PageQuery { After = file })).Param);
    }

    private enum Step
    {
        Create,
        DeleteOldest,
        DeleteNewest,
        DeleteCursor,
        NextSecond,
        NextPage,
    }

    [Fact]
    public async Task Paging_meets_every_stable_container_once_and_in_order_whatever_happens_meanwhile()
    {
        await using var place = new LocalPlace(new LocalOptions { MaxContainers = 1_000_000 });
        var steps = Gen.Enum<Step>().Array[0, 25];
        var cases = Gen.Select(Gen.Int[0, 12], Gen.Int[1, 5], Gen.Bool, steps);
        await cases.SampleAsync(
            async (initial, limit, ascending, steps) =>
            {
                var name = Guid.NewGuid().ToString();
                var query = new PageQuery { Name = name, Limit = limit, Order = ascending ? ListOrder.Ascending : ListOrder.Descending };
                var alive = new List<string>();
                for (var i = 0; i < initial; i++)
                {
                    alive.Add(await place.CreateAsync(name));
                }

                var stable = alive.ToList();
                var seen = new List<string>();
                var more = true;
                async Task NextAsync()
                {
                    var page = await place.JsonAsync(Operation.ContainerList, page: query);
                    seen.AddRange(Ids(page));
                    query = query with { After = Frame(page).Last ?? query.After };
                    more = Frame(page).HasMore;
                }

                async Task DeleteAsync(string? id)
                {
                    if (id is not null && alive.Remove(id))
                    {
                        stable.Remove(id);
                        await place.JsonAsync(Operation.ContainerDelete, id);
                    }
                }

                foreach (var step in steps)
                {
                    await (step switch
                    {
                        Step.Create => CreateAsync(),
                        Step.DeleteOldest => DeleteAsync(alive.FirstOrDefault()),
                        Step.DeleteNewest => DeleteAsync(alive.LastOrDefault()),
                        Step.DeleteCursor => DeleteAsync(query.After),
                        Step.NextSecond => Advance(),
                        _ => NextAsync(),
                    });
                }

                async Task CreateAsync() => alive.Add(await place.CreateAsync(name));
                Task Advance()
                {
                    place.Time.Advance(TimeSpan.FromSeconds(1));
                    return Task.CompletedTask;
                }

                for (more = true; more;)
                {
                    await NextAsync();
                }

                Assert.Equal(seen.Count, seen.Distinct().Count());
                Assert.Equal(ascending ? stable : Enumerable.Reverse(stable), seen.Where(stable.Contains));
            },
            iter: 60,
            threads: 1);
    }

    private static List<string> Ids(JsonElement page) => [.. page.GetProperty("data").EnumerateArray().Select(LocalPlace.Id)];

    private static (string? First, string? Last, bool HasMore) Frame(JsonElement page) =>
        (page.GetProperty("first_id").GetString(), page.GetProperty("last_id").GetString(), page.GetProperty("has_more").GetBoolean());
}
