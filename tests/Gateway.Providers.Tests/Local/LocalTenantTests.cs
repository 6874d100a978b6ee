using System.Collections.Frozen;
using System.Text.Json;
using Gateway.Providers.Contract;
using Gateway.Providers.Tests.Translation;
using Microsoft.Data.Sqlite;

namespace Gateway.Providers.Tests.Local;

/// <summary>Rows say whose a container is, and every statement asks for it.</summary>
public sealed class LocalTenantTests
{
    private static readonly Tenant s_one = new("team:one");
    private static readonly Tenant s_two = new("team:two");
    private static readonly Tenant s_operator = new("key:operator", SeesAll: true);

    public static TheoryData<string> ById => [.. Operation.All
        .Where(operation => operation.Route.Contains("{container_id}", StringComparison.Ordinal)).Select(operation => operation.Name)];

    [Theory]
    [MemberData(nameof(ById))]
    public async Task Anothers_container_is_as_missing_as_one_that_never_was(string name)
    {
        await using var place = new LocalPlace { Tenant = s_two };
        var foreign = await place.CreateAsync();
        var file = await place.UploadAsync(foreign, "a.txt", "secret");
        place.Tenant = s_one;
        var operation = Operation.Find(name)!;

        var about = operation.Route.Contains("{file_id}", StringComparison.Ordinal) ? file : null;
        var seen = await place.ErrorAsync(operation, foreign, about, Body());
        var missing = await place.ErrorAsync(operation, "cntr_00000000000000000000000000000000", about, Body());

        Assert.Equal(missing with { Message = "" }, seen with { Message = "" });
        Assert.Equal(missing.Message.Replace("cntr_00000000000000000000000000000000", foreign, StringComparison.Ordinal), seen.Message);
        place.Tenant = s_two;
        Assert.Equal("secret", await place.TextAsync(foreign, file));

        CallBody? Body() => operation == Operation.ContainerFileCreate ? new CallBody.NewFile(new TestUpload("b") { Name = "b.txt" }) : null;
    }

    [Fact]
    public async Task List_shows_a_tenant_its_own_in_full_pages_and_an_operator_everything()
    {
        await using var place = new LocalPlace();
        var nobodys = await place.CreateAsync();
        var mine = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            place.Tenant = s_two;
            await place.CreateAsync("same");
            place.Tenant = s_one;
            mine.Add(await place.CreateAsync("same"));
            place.Time.Advance(TimeSpan.FromSeconds(1));
        }

        mine.Reverse();
        var first = await place.JsonAsync(Operation.ContainerList, page: new PageQuery { Limit = 3 });
        var second = await place.JsonAsync(Operation.ContainerList, page: new PageQuery { Limit = 3, After = mine[2], Name = "same" });
        place.Tenant = s_operator;
        var all = await place.JsonAsync(Operation.ContainerList, page: new PageQuery { Limit = 100 });

        Assert.Equal(mine[..3], Ids(first));
        Assert.True(first.GetProperty("has_more").GetBoolean());
        Assert.Equal(mine[3..], Ids(second));
        Assert.False(second.GetProperty("has_more").GetBoolean());
        Assert.Equal(11, Ids(all).Count);
        Assert.Contains(nobodys, Ids(all));
    }

    [Fact]
    public async Task Cursor_of_another_is_no_place_in_a_tenants_list_alive_or_deleted()
    {
        await using var place = new LocalPlace { Tenant = s_two };
        var alive = await place.CreateAsync();
        var deleted = await place.CreateAsync();
        await place.JsonAsync(Operation.ContainerDelete, deleted);
        place.Tenant = s_one;
        var own = await place.CreateAsync();
        await place.JsonAsync(Operation.ContainerDelete, own);

        var errors = new List<string>();
        foreach (var after in new[] { alive, deleted, "cntr_00000000000000000000000000000000" })
        {
            errors.Add((await place.ErrorAsync(Operation.ContainerList, page: new PageQuery { After = after })).Message.Replace(after, "?"));
        }

        Assert.Single(errors.Distinct());
        Assert.Empty(Ids(await place.JsonAsync(Operation.ContainerList, page: new PageQuery { After = own })));
    }

    [Fact]
    public async Task File_of_anothers_container_cannot_be_copied_from()
    {
        await using var place = new LocalPlace { Tenant = s_two };
        var file = await place.UploadAsync(await place.CreateAsync(), "a.txt", "secret");
        place.Tenant = s_one;
        var own = await place.CreateAsync();

        var foreign = await place.RefusedAsync(new ContainerSpec { Name = "c", FileIds = [file] });
        var missing = await place.RefusedAsync(new ContainerSpec { Name = "c", FileIds = ["cfile_00000000000000000000000000000000"] });
        var reference = await place.ErrorAsync(
            Operation.ContainerFileCreate, own, body: new CallBody.FileReference(file, null, ReadOnlyMemory<byte>.Empty, "application/json"));

        Assert.Equal(missing with { Message = "" }, foreign with { Message = "" });
        Assert.Equal(ErrorKind.NotFound, reference.Kind);
    }

    [Fact]
    public async Task What_was_made_before_there_were_tenants_is_nobodys_until_it_is_adopted()
    {
        await using var place = new LocalPlace();
        var old = await place.CreateAsync();
        await place.RestartAsync(() =>
        {
            // As a gateway left it that knew no tenants.
            using var connection = new SqliteConnection($"Data Source={Path.Combine(place.Root, "local.db")};Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText =
                """
                DROP INDEX containers_by_tenant; DROP INDEX containers_by_tenant_and_name;
                ALTER TABLE containers DROP COLUMN tenant; ALTER TABLE tombstones DROP COLUMN tenant; PRAGMA user_version = 2;
                """;
            command.ExecuteNonQuery();
        });
        place.Tenant = s_one;
        await place.ErrorAsync(Operation.ContainerRetrieve, old);

        place.Tenant = s_one with { Adopted = FrozenSet.Create(old) };
        Assert.Equal([old], Ids(await place.JsonAsync(Operation.ContainerList)));
        place.Tenant = s_one;
        await place.JsonAsync(Operation.ContainerRetrieve, old);

        // What has an owner keeps it.
        place.Tenant = s_two with { Adopted = FrozenSet.Create(old) };
        await place.ErrorAsync(Operation.ContainerRetrieve, old);
    }

    [Fact]
    public async Task Page_of_a_tenant_is_sought_in_an_index_and_not_walked_to()
    {
        await using var place = new LocalPlace { Tenant = s_one };
        await place.CreateAsync();

        var plan = await place.Store.Database.ReadAsync(
            session => session.Query(
                """
                EXPLAIN QUERY PLAN SELECT * FROM containers WHERE tenant = $1 AND (created_at, seq) < ($2, $3)
                ORDER BY created_at DESC, seq DESC LIMIT $4
                """,
                row => row.GetString(3), "team:one", 5L, 5L, 20L),
            default);

        Assert.Contains("containers_by_tenant", Assert.Single(plan), StringComparison.Ordinal);
    }

    private static List<string> Ids(JsonElement list) => [.. list.GetProperty("data").EnumerateArray().Select(LocalPlace.Id)];
}
