using System.Text;
using Gateway.Fakes;
using Gateway.Providers.Contract;
using Xunit;

namespace Gateway.Scenarios.Tenants;

/// <summary>Another tenant's container answers as one that never was: the whole answer, whatever is asked and however.</summary>
public sealed class ForeignContainerTests
{
    public static TheoryData<string, int, string> Places => new()
    {
        { "local", 1, "/v1" }, { "local", 1, "/openai/v1" },
        { "openai", 1, "/v1" }, { "openai", 1, "/openai/v1" },
        { "openai", 2, "/v1" }, { "openai", 2, "/openai/v1" },
    };

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Every_operation_answers_for_anothers_container_as_for_one_that_never_was(string provider, int accounts, string surface)
    {
        await using var world = await TenantWorld.StartAsync(provider, accounts);
        var foreign = await world.Ann.CreateAsync();
        var file = (await world.Ann.UploadAsync(foreign, [1, 2, 3])).Id();
        var deleted = await world.Ann.CreateAsync();
        (await world.Ann.DeleteAsync($"/v1/containers/{deleted}")).Ok();
        var before = world.Upstream.Requests.Count;

        foreach (var operation in Operation.All.Where(each => each.Route.Contains("{container_id}", StringComparison.Ordinal)))
        {
            foreach (var query in new[] { "", $"?provider={provider}", "?provider=local", "?provider=openai" })
            {
                foreach (var method in operation.Method == "GET" ? new[] { "GET", "HEAD" } : [operation.Method])
                {
                    var body = operation == Operation.ContainerFileCreate ? $$"""{"file_id":"{{file}}"}""" : null;
                    await SameAsync(method, operation.Route + query, body);
                }
            }

            foreach (var header in new[] { "x-bf-provider: openai\n", "x-bf-api-key: first\n" })
            {
                await SameAsync(operation.Method, operation.Route, operation == Operation.ContainerFileCreate ? """{"file_id":"f"}""" : null, header);
            }
        }

        // Who cannot be told from nobody costs the provider nothing.
        Assert.Equal(before, world.Upstream.Requests.Count);

        // And it is still there.
        Assert.Equal(foreign, (await world.Ann.ReadAsync($"/v1/containers/{foreign}")).Id());
        Assert.Equal([1, 2, 3], await world.Amy.DownloadAsync(foreign, file));

        async Task SameAsync(string method, string route, string? body, string headers = "")
        {
            var missing = TenantWorld.Mirrored(foreign);
            var target = surface + route.Replace("{file_id}", file, StringComparison.Ordinal);
            var answers = new List<string>();
            foreach (var id in new[] { missing, foreign, deleted, missing, foreign })
            {
                var answer = await world.AskAsync("bob", method, target.Replace("{container_id}", id, StringComparison.Ordinal), body, headers);
                answers.Add(answer.Replace(id, "ID", StringComparison.Ordinal));
            }

            Assert.True(answers[0].StartsWith("404", StringComparison.Ordinal), answers[0]);
            Assert.All(answers, answer => Assert.Equal(answers[0], answer));
        }
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task Cursor_of_another_is_no_place_in_a_list(string provider, int accounts, string surface)
    {
        await using var world = await TenantWorld.StartAsync(provider, accounts);
        var foreign = await world.Ann.CreateAsync();
        var deleted = await world.Ann.CreateAsync();
        (await world.Ann.DeleteAsync($"/v1/containers/{deleted}")).Ok();
        await world.Bob.CreateAsync();

        foreach (var query in new[] { "", "&provider=*", "&order=asc&limit=3", $"&provider={provider}" })
        {
            foreach (var cursor in new Func<string, string>[] { id => id, Bifrost })
            {
                var answers = new List<string>();
                foreach (var id in new[] { TenantWorld.Mirrored(foreign), foreign, deleted })
                {
                    var answer = await world.AskAsync("bob", "GET", $"{surface}/containers?after={cursor(id)}{query}");
                    answers.Add(answer.Replace(id, "ID", StringComparison.Ordinal));
                }

                Assert.True(answers[0].StartsWith("400", StringComparison.Ordinal), answers[0]);
                Assert.All(answers, answer => Assert.Equal(answers[0], answer));
            }
        }

        static string Bifrost(string id) =>
            Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"v":1,"i":0,"c":"{{id}}"}""")).Replace('+', '-').Replace('/', '_').TrimEnd('=');
    }

    [Theory]
    [MemberData(nameof(Places))]
    public async Task File_of_another_cannot_be_given_to_a_container(string provider, int accounts, string surface)
    {
        await using var world = await TenantWorld.StartAsync(provider, accounts);
        var file = (await world.Ann.UploadAsync(await world.Ann.CreateAsync(), [1, 2, 3])).Id();
        var own = await world.Bob.CreateAsync();
        var before = world.Upstream.Requests.Count;

        var uses = new[]
        {
            ($"{surface}/containers", """{"name":"c","file_ids":["ID"]}"""), ($"{surface}/containers/{own}/files", """{"file_id":"ID"}"""),
        };
        foreach (var (target, body) in uses)
        {
            var answers = new List<string>();
            foreach (var id in new[] { TenantWorld.Mirrored(file), file })
            {
                var answer = await world.AskAsync("bob", "POST", target, body.Replace("ID", id, StringComparison.Ordinal));
                answers.Add(answer.Replace(id, "ID", StringComparison.Ordinal));
            }

            Assert.True(answers[0].StartsWith("404", StringComparison.Ordinal), answers[0]);
            Assert.Equal(answers[0], answers[1]);
        }

        Assert.Equal(before, world.Upstream.Requests.Count);
    }

    [Fact]
    public async Task Platform_file_that_nobody_has_registered_is_missing_for_a_tenant_and_not_for_an_operator()
    {
        await using var world = await TenantWorld.StartAsync("openai");
        await ErrorAsync(world.Bob.SendAsync(HttpMethod.Post, "/v1/containers", """{"name":"c","file_ids":["file-1"]}"""), 404);
        await OkAsync(world.Ops.SendAsync(HttpMethod.Post, "/v1/containers", """{"name":"c","file_ids":["file-1"]}"""));

        // The operator's use of it says nothing of whose it is.
        await ErrorAsync(world.Bob.SendAsync(HttpMethod.Post, "/v1/containers", """{"name":"c","file_ids":["file-1"]}"""), 404);
    }

    [Theory]
    [InlineData("local")]
    [InlineData("openai")]
    public async Task Keys_of_one_team_see_the_same_and_an_operator_sees_everything_and_owns_what_it_makes(string provider)
    {
        await using var world = await TenantWorld.StartAsync(provider);
        var ann = await world.Ann.CreateAsync();
        var bob = await world.Bob.CreateAsync();
        var ops = await world.Ops.CreateAsync();

        Assert.Equal([ann], (await world.Amy.ReadAsync("/v1/containers")).Data("id"));
        Assert.Equal(ann, (await world.Amy.ReadAsync($"/v1/containers/{ann}")).Id());
        Assert.Equal([ops, bob, ann], (await world.Ops.ReadAsync("/v1/containers")).Data("id"));
        foreach (var id in new[] { ann, bob, ops })
        {
            Assert.Equal(id, (await world.Ops.ReadAsync($"/v1/containers/{id}")).Id());
        }

        // Having been looked at by the operator, each is still its owner's alone.
        await ErrorAsync(world.Bob.GetAsync($"/v1/containers/{ann}"), 404);
        await ErrorAsync(world.Bob.GetAsync($"/v1/containers/{ops}"), 404);
        Assert.Equal([bob], (await world.Bob.ReadAsync("/v1/containers")).Data("id"));
    }

    [Fact]
    public async Task Upstream_that_answers_a_create_with_anothers_container_gives_it_to_nobody()
    {
        await using var world = await TenantWorld.StartAsync("openai");
        world.Upstream.IdOf = _ => "always-the-same";
        await world.Ann.CreateAsync();

        var error = await ErrorAsync(world.Bob.SendAsync(HttpMethod.Post, "/v1/containers", """{"name":"box"}"""), 502, "invalid_upstream_response");

        Assert.DoesNotContain("always-the-same", error.ToJsonString(), StringComparison.Ordinal);
        await ErrorAsync(world.Bob.GetAsync("/v1/containers/cntr_always-the-same"), 404);
        Assert.Equal("cntr_always-the-same", (await world.Ann.ReadAsync("/v1/containers/cntr_always-the-same")).Id());
    }
}
