using System.Collections.Immutable;
using Gateway.Providers.Contract;
using Gateway.Providers.Local;
using Gateway.Providers.Tests.Translation;

namespace Gateway.Providers.Tests.Local;

public sealed class LocalContainersTests
{
    [Fact]
    public async Task Every_operation_is_planned_by_the_local_provider()
    {
        await using var place = new LocalPlace();
        Assert.All(Operation.All, operation => Assert.IsType<Plan.Run>(place.Provider.Plan(new Call { Operation = operation, Provider = "local" })));
    }

    [Fact]
    public async Task A_container_has_OpenAIs_defaults()
    {
        await using var place = new LocalPlace();
        var json = await place.CreateAsync(new ContainerSpec { Name = "<ä> & \"b\"" });
        var now = place.Time.GetUtcNow().ToUnixTimeSeconds();
        Assert.Matches("^cntr_[0-9a-f]{32}$", LocalPlace.Id(json));
        Assert.Equal(
            $$"""{"id":"{{LocalPlace.Id(json)}}","object":"container","name":"<ä> & \"b\"","created_at":"""
                + $$"""{{now}},"status":"running","last_active_at":{{now}},"expires_after":"""
                + """{"anchor":"last_active_at","minutes":20},"memory_limit":"1g"}""",
            json.GetRawText());
    }

    [Fact]
    public async Task Members_of_a_create_are_echoed_and_survive_a_restart()
    {
        await using var place = new LocalPlace();
        var created = await place.CreateAsync(new ContainerSpec
        {
            Name = "full",
            ExpiresAfter = new ExpiresAfter("last_active_at", 1440),
            MemoryLimit = "64g",
            Metadata = [new("team", "a"), new("ключ", "€")],
            NetworkPolicy = Json("""{"type":"allowlist","allowed_domains":["pypi.org"],"x":1}"""),
        });
        Assert.Equal("""{"team":"a","ключ":"€"}""", created.GetProperty("metadata").GetRawText());
        Assert.Equal("""{"type":"allowlist","allowed_domains":["pypi.org"]}""", created.GetProperty("network_policy").GetRawText());
        Assert.Equal(1440, created.GetProperty("expires_after").GetProperty("minutes").GetInt32());
        Assert.Equal("64g", created.GetProperty("memory_limit").GetString());
        await place.RestartAsync();
        var again = await place.JsonAsync(Operation.ContainerRetrieve, LocalPlace.Id(created));
        Assert.Equal(created.GetRawText(), again.GetRawText());
    }

    [Fact]
    public async Task A_domain_secret_is_neither_echoed_nor_stored()
    {
        await using var place = new LocalPlace();
        var json = await place.CreateAsync(new ContainerSpec
        {
            Name = "n",
            NetworkPolicy = Json(
                """{"type":"allowlist","allowed_domains":["a.b"],"domain_secrets":[{"domain":"a.b","name":"T","value":"hunter2secret"}]}"""),
        });
        Assert.DoesNotContain("hunter2secret", json.GetRawText(), StringComparison.Ordinal);
        await place.Provider.DisposeAsync();
        foreach (var file in Directory.GetFiles(place.Root, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(
                "hunter2secret", System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)), StringComparison.Ordinal);
        }
    }

    public static TheoryData<string, string?, ContainerSpec> Refused()
    {
        static ContainerSpec Of(Func<ContainerSpec, ContainerSpec> change) => change(new ContainerSpec { Name = "n" });
        static ImmutableArray<KeyValuePair<string, string>> Pairs(int count, int key, int value) =>
            [.. Enumerable.Range(0, count).Select(i => new KeyValuePair<string, string>($"{i:D2}".PadRight(key, 'k'), new string('v', value)))];
        return new TheoryData<string, string?, ContainerSpec>
        {
            { "name", "invalid_value", Of(s => s with { Name = new string('n', 257) }) },
            { "memory_limit", "invalid_value", Of(s => s with { MemoryLimit = "2g" }) },
            { "memory_limit", "invalid_value", Of(s => s with { MemoryLimit = "" }) },
            { "expires_after.anchor", "invalid_value", Of(s => s with { ExpiresAfter = new("created_at", 5) }) },
            { "expires_after.minutes", "integer_below_min_value", Of(s => s with { ExpiresAfter = new("last_active_at", 0) }) },
            { "expires_after.minutes", "integer_below_min_value", Of(s => s with { ExpiresAfter = new("last_active_at", long.MinValue) }) },
            { "expires_after.minutes", "integer_above_max_value", Of(s => s with { ExpiresAfter = new("last_active_at", 1441) }) },
            { "skills", "unsupported_parameter", Of(s => s with { Skills = Json("""[{"type":"skill_reference","skill_id":"s"}]""") }) },
            { "metadata", "invalid_value", Of(s => s with { Metadata = Pairs(17, 2, 1) }) },
            { "metadata", "invalid_value", Of(s => s with { Metadata = Pairs(1, 65, 1) }) },
            { "metadata", "invalid_value", Of(s => s with { Metadata = Pairs(1, 2, 513) }) },
            { "network_policy", "invalid_type", Of(s => s with { NetworkPolicy = Json("[]") }) },
            { "network_policy.type", "missing_required_parameter", Of(s => s with { NetworkPolicy = Json("{}") }) },
            { "network_policy.type", "invalid_value", Of(s => s with { NetworkPolicy = Json("""{"type":"open"}""") }) },
            { "network_policy.type", "invalid_value", Of(s => s with { NetworkPolicy = Json("""{"type":"\ud800"}""") }) },
            { "network_policy.allowed_domains", "invalid_value", Of(s => s with { NetworkPolicy = Json("""{"type":"allowlist"}""") }) },
            { "network_policy.allowed_domains", "invalid_value",
              Of(s => s with { NetworkPolicy = Json("""{"type":"allowlist","allowed_domains":[]}""") }) },
            { "network_policy.allowed_domains", "invalid_value",
              Of(s => s with { NetworkPolicy = Json("""{"type":"allowlist","allowed_domains":["a",""]}""") }) },
            { "network_policy.allowed_domains", "invalid_value",
              Of(s => s with { NetworkPolicy = Json("""{"type":"allowlist","allowed_domains":[1]}""") }) },
            { "network_policy.allowed_domains", "invalid_value",
              Of(s => s with { NetworkPolicy = Json("""{"type":"allowlist","allowed_domains":["\ud800"]}""") }) },
            { "network_policy", "invalid_value",
              Of(s => s with { NetworkPolicy = Domains(new string('d', 250), 270) }) },
            { "network_policy.allowed_domains", "array_above_max_length",
              Of(s => s with { NetworkPolicy = Domains("a", 1001) }) },
        };
    }

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public async Task A_bad_member_is_named_and_nothing_is_created(string param, string? code, ContainerSpec spec)
    {
        await using var place = new LocalPlace();
        var error = await place.RefusedAsync(spec);
        Assert.Equal((ErrorKind.Caller, 400, param, code), (error.Kind, error.Status, error.Param, error.Code));
        Assert.Equal(0, (await place.JsonAsync(Operation.ContainerList)).GetProperty("data").GetArrayLength());
    }

    [Fact]
    public async Task Members_of_a_create_at_their_bounds_are_accepted()
    {
        await using var place = new LocalPlace();
        var json = await place.CreateAsync(new ContainerSpec
        {
            Name = string.Concat(Enumerable.Repeat("😀", 256)),
            ExpiresAfter = new("last_active_at", 1),
            Skills = Json("[]"),
            Metadata = [.. Enumerable.Range(0, 16).Select(i => new KeyValuePair<string, string>($"{i:D64}", new string('v', 512)))],
            NetworkPolicy = Json("""{"type":"disabled","allowed_domains":[]}"""),
        });
        Assert.Equal("""{"type":"disabled"}""", json.GetProperty("network_policy").GetRawText());
    }

    [Fact]
    public async Task An_unknown_container_is_404_by_every_operation()
    {
        await using var place = new LocalPlace();
        foreach (var operation in Operation.All.Except([Operation.ContainerCreate, Operation.ContainerList]))
        {
            var error = await place.ErrorAsync(operation, "cntr_x", "cfile_x", new CallBody.NewFile(new TestUpload("x")));
            Assert.Equal((404, "Container with id 'cntr_x' not found.", null), (error.Status, error.Message, error.Param));
        }
    }

    [Fact]
    public async Task Delete_removes_container_files_and_bytes()
    {
        await using var place = new LocalPlace();
        var id = await place.CreateAsync();
        await place.UploadAsync(id, "a", "aaa");
        await place.UploadAsync(id, "b", "bbb");
        Assert.Equal(
            $$"""{"id":"{{id}}","object":"container.deleted","deleted":true}""",
            (await place.JsonAsync(Operation.ContainerDelete, id)).GetRawText());
        Assert.Equal(404, (await place.ErrorAsync(Operation.ContainerRetrieve, id)).Status);
        Assert.Equal(404, (await place.ErrorAsync(Operation.ContainerDelete, id)).Status);
        Assert.Empty(place.Blobs);
        Assert.Equal(0, await place.FileBytesAsync());
    }

    [Fact]
    public async Task Only_running_containers_count_against_the_limit()
    {
        await using var place = new LocalPlace(new LocalOptions { MaxContainers = 2 });
        await place.CreateAsync("1");
        var second = await place.CreateAsync("2");
        var error = await place.RefusedAsync(new ContainerSpec { Name = "3" });
        Assert.Equal((ErrorKind.Quota, 429, "container_limit_exceeded", false), (error.Kind, error.Status, error.Code, error.Retryable));
        await place.JsonAsync(Operation.ContainerDelete, second);
        await place.CreateAsync("3");
        place.Time.Advance(TimeSpan.FromMinutes(20));
        await place.CreateAsync("4");
        await place.CreateAsync("5");
        Assert.Equal(429, (await place.RefusedAsync(new ContainerSpec { Name = "6" })).Status);
    }

    [Fact]
    public async Task Concurrent_creates_never_exceed_the_limit()
    {
        await using var place = new LocalPlace(new LocalOptions { MaxContainers = 5 });
        var body = new CallBody.NewContainer(new ContainerSpec { Name = "n" }, default);
        var replies = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => place.AskAsync(Operation.ContainerCreate, body: body))));
        Assert.Equal(5, replies.OfType<Reply.Json>().Count());
        Assert.Equal(15, replies.OfType<Reply.Failed>().Count());
    }

    [Fact]
    public async Task Files_of_other_containers_are_copied_in()
    {
        await using var place = new LocalPlace();
        var source = await place.CreateAsync();
        var a = await place.UploadAsync(source, "a.txt", "alpha");
        var b = LocalPlace.Id(
            await place.UploadAsync(source, new TestUpload("beta") { Name = "x", First = new("deep/b.txt", null), Type = "text/plain" }));
        var copy = LocalPlace.Id(await place.CreateAsync(new ContainerSpec { Name = "copy", FileIds = [a, b, a] }));
        await place.JsonAsync(Operation.ContainerDelete, source);

        var files = (
            await place.JsonAsync(Operation.ContainerFileList, copy, page: new PageQuery { Order = ListOrder.Ascending })).GetProperty("data");
        Assert.Equal(["/mnt/data/a.txt", "/mnt/data/b.txt"], files.EnumerateArray().Select(file => file.GetProperty("path").GetString()));
        Assert.All(files.EnumerateArray(), file => Assert.Equal("user", file.GetProperty("source").GetString()));
        Assert.Equal(["alpha", "beta"], [await place.TextAsync(copy, LocalPlace.Id(files[0])), await place.TextAsync(copy, LocalPlace.Id(files[1]))]);
        Assert.Equal("text/plain", (await place.ContentAsync(copy, LocalPlace.Id(files[1]))).ContentType);
        Assert.Equal(9, await place.FileBytesAsync());
    }

    [Fact]
    public async Task Copying_files_into_a_new_container_is_all_or_nothing()
    {
        await using var place = new LocalPlace(new LocalOptions { MaxTotalSizeMb = 1 });
        var source = await place.CreateAsync();
        var a = await place.UploadAsync(source, "a", new string('a', 600_000));
        var error = await place.RefusedAsync(new ContainerSpec { Name = "x", FileIds = [a, "cfile_none"] });
        Assert.Equal((404, "file_ids"), (error.Status, error.Param));
        error = await place.RefusedAsync(new ContainerSpec { Name = "x", FileIds = [a] });
        Assert.Equal((413, "storage_quota_exceeded"), (error.Status, error.Code));
        var other = await place.CreateAsync();
        var same = LocalPlace.Id(await place.UploadAsync(other, new TestUpload("!") { First = new("dir/a", null) }));
        error = await place.RefusedAsync(new ContainerSpec { Name = "x", FileIds = [a, same] });
        Assert.Equal((400, "file_ids"), (error.Status, error.Param));

        Assert.Equal(2, (await place.JsonAsync(Operation.ContainerList)).GetProperty("data").GetArrayLength());
        Assert.Equal(2, place.Blobs.Length);
        Assert.Empty(place.Tmp);
        Assert.Equal(600_001, await place.FileBytesAsync());
    }

    private static ReadOnlyMemory<byte> Domains(string domain, int count) =>
        Json($$"""{"type":"allowlist","allowed_domains":[{{string.Join(',', Enumerable.Repeat($"\"{domain}\"", count))}}]}""");

    private static ReadOnlyMemory<byte> Json(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
