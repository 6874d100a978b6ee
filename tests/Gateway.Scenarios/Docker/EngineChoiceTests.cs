using System.Text.Json.Nodes;
using Gateway.Fakes;
using Gateway.Settings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Gateway.Scenarios.Docker;

/// <summary>Which of several engines a create goes to, and where it goes when that one cannot take it.</summary>
public sealed class EngineChoiceTests : IAsyncLifetime
{
    private static readonly object s_nothing = new { };

    private ScriptedEngine _a = null!;
    private ScriptedEngine _b = null!;

    public async ValueTask InitializeAsync() => (_a, _b) = (await ScriptedEngine.StartAsync(), await ScriptedEngine.StartAsync());

    public async ValueTask DisposeAsync()
    {
        await _a.DisposeAsync();
        await _b.DisposeAsync();
    }

    [Fact]
    public async Task Creates_are_shared_by_weight()
    {
        await using var engines = await StartAsync(3, 1);
        for (var i = 0; i < 40; i++)
        {
            await engines.CreateAsync();
        }

        // Wider than chance ever is.
        Assert.Equal(40, _a.Containers + _b.Containers);
        Assert.InRange(_b.Containers, 1, 28);
    }

    [Fact]
    public async Task Engine_of_no_weight_takes_what_is_pinned_to_it_and_unknown_keys_are_refused()
    {
        await using var engines = await StartAsync(1, 0);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("a", (await engines.CreateAsync()).Key);
        }

        var (id, key) = await engines.CreateAsync("b");
        Assert.Equal(("b", 5, 1), (key, _a.Containers, _b.Containers));
        var (status, code, _) = (await engines.PostAsync("c")).Refused();
        Assert.Equal((400, "key_not_found"), (status, code));

        // What is pinned to one engine sees nothing of the other's.
        using var elsewhere = new HttpRequestMessage(HttpMethod.Get, $"/v1/containers/{id}") { Headers = { { "x-bf-api-key", "a" } } };
        Assert.Equal(404, (await engines.Http.SendAsync(elsewhere)).Refused().Status);
        using var list = new HttpRequestMessage(HttpMethod.Get, "/v1/containers") { Headers = { { "x-bf-api-key", "b" } } };
        Assert.Equal([id], (await engines.Http.SendAsync(list)).Ok().Data("id"));
    }

    [Fact]
    public async Task Full_engine_passes_creates_on_and_the_limit_is_each_ones_own()
    {
        await using var engines = await SeveralEngines.StartAsync(
            "pair", new { max_containers = 1 }, [("a", 1e9, new { host = _a.Url }), ("b", 1, new { host = _b.Url, max_containers = 2 })]);
        Assert.Equal(["a", "b", "b"], [(await engines.CreateAsync()).Key, (await engines.CreateAsync()).Key, (await engines.CreateAsync()).Key]);
        Assert.Equal((1, 2, 1), (_a.Containers, _b.Containers, _a.Creates));
        var (status, code, _) = (await engines.PostAsync()).Refused();
        Assert.Equal((429, "container_limit_exceeded"), (status, code));
    }

    [Fact]
    public async Task Create_goes_on_to_an_engine_that_has_the_image()
    {
        _a.HasImage = false;
        await using var engines = await SeveralEngines.StartAsync(
            "pair", new { pull_policy = "never" }, [("a", 1e9, new { host = _a.Url }), ("b", 1, new { host = _b.Url })]);
        Assert.Equal("b", (await engines.CreateAsync()).Key);
        Assert.Equal((1, 0, 1), (_a.Creates, _a.Containers, _b.Containers));
        Assert.Equal((503, "image_not_found"), (await engines.PostAsync("a")).Refused() is var (status, code, _) ? (status, code) : default);
    }

    [Fact]
    public async Task Create_that_may_have_been_carried_out_is_not_made_at_another_engine()
    {
        _a.BeforeCreate = () => throw new InvalidOperationException("broken");
        await using var engines = await StartAsync(1e9, 1);
        Assert.Equal(502, (await engines.PostAsync()).Refused().Status);
        Assert.Equal((1, 0), (_a.Creates, _b.Creates));
    }

    [Fact]
    public async Task Engine_nobody_listens_at_costs_a_create_nothing_and_is_named_in_lists()
    {
        await using var engines = await StartAsync(1e9, 1);
        var (lost, _) = await engines.CreateAsync("a");
        var (kept, _) = await engines.CreateAsync("b");
        await _a.DisposeAsync();
        Assert.Equal("b", (await engines.CreateAsync()).Key);
        var (status, code, message) = (await engines.Http.GetAsync($"/v1/containers/{lost}")).Refused();
        Assert.Equal((503, "engine_unreachable"), (status, code));
        Assert.Contains("key a", message, StringComparison.Ordinal);
        var list = await engines.Http.ReadAsync("/v1/containers");
        Assert.Equal(2, list.Data("id").Count);
        Assert.Contains(kept, list.Data("id"));
        Assert.Equal("a", Assert.Single(list.GetProperty("extra_fields").GetProperty("partial").EnumerateArray()).Text("key"));
    }

    [Fact]
    public async Task Engine_that_is_away_is_not_waited_for_while_there_is_another()
    {
        await using var engines = await SeveralEngines.StartAsync(
            "pair", s_nothing, [("a", 1e9, new { host = _a.Url }), ("b", 1, new { host = _b.Url })],
            network: new { max_retries = 10, retry_backoff_initial = "60s", retry_backoff_max = "60s", default_request_timeout_in_seconds = 600 });
        await _a.DisposeAsync();
        Assert.Equal("b", (await engines.CreateAsync()).Key);
    }

    [Fact]
    public async Task Creates_with_one_idempotency_key_make_one_container_at_all_engines_together()
    {
        await using var engines = await StartAsync(1, 1);
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => engines.PostAsync(idempotencyKey: "k")));
        Assert.Single(answers.Select(answer => answer.Ok().Text("id")).Distinct());
        Assert.Equal(1, _a.Containers + _b.Containers);
    }

    [Fact]
    public async Task File_of_elsewhere_does_not_tie_creates_to_an_engine()
    {
        await using var openai = await FakeOpenAI.StartAsync("sk-a");
        openai.Intercept = async http =>
        {
            await http.Response.WriteAsync(
                http.Request.Path.Value!.EndsWith("/content", StringComparison.Ordinal) ? "x"
                    : """{"id":"file-x","object":"file","filename":"x","bytes":1}""");
            return true;
        };
        await using var engines = await StartAsync(1, 1);
        var pair = engines.Gateway.Services.GetRequiredService<SettingsSource>().Current.Providers["pair"];
        await using var both = await RunningGateway.StartAsync(TestSettings.Of(pair, TestSettings.OpenAI(openai.Url, keys: ["sk-a"])));
        var used = new HashSet<string>();
        for (var i = 0; i < 40; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/containers")
            {
                Content = Json("""{"name":"x","file_ids":["file-x"]}"""),
            };
            using var answer = await both.Client.SendAsync(request);
            answer.Ok();
            used.Add(SeveralEngines.KeyOf(answer));
        }

        Assert.Equal(["a", "b"], used.Order());
    }

    [Fact]
    public async Task Edited_file_adds_drains_and_removes_an_engine()
    {
        await using var engines = await SeveralEngines.StartAsync("pair", s_nothing, [("a", 1, new { host = _a.Url })]);
        var (first, _) = await engines.CreateAsync();
        await engines.EditAsync(s_nothing, ("a", 0, new { host = _a.Url }), ("b", 1, new { host = _b.Url }));
        await Until.TrueAsync(async () => (await engines.CreateAsync()).Key == "b", "The new engine is not used.");
        Assert.Equal("running", (await engines.Http.ReadAsync($"/v1/containers/{first}")).Text("status"));
        await engines.EditAsync(s_nothing, ("b", 1, new { host = _b.Url }));
        await Until.TrueAsync(
            async () => (int)(await engines.Http.GetAsync($"/v1/containers/{first}")).StatusCode == 404, "The engine is still asked.");
        await engines.EditAsync(s_nothing, ("b", 1, new { host = _b.Url }), ("a", 1, new { host = _b.Url }));
        await Until.TrueAsync(
            async () => (await engines.AdminAsync("/readyz"))["config_refused"]?.GetValue<string>()
                .Contains("keys[1].docker_config: leads to http", StringComparison.Ordinal) == true,
            "Two keys for one engine are not refused.");
        await engines.EditAsync(s_nothing, ("b", 1, new { host = _b.Url }), ("a", 1, new { host = _a.Url }));
        await Until.TrueAsync(
            async () => (await engines.Http.GetAsync($"/v1/containers/{first}")).IsSuccessStatusCode, "The engine did not come back.");
    }

    [Fact]
    public async Task Pages_for_operators_show_each_engine()
    {
        _a.HasImage = false;
        var open = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _a.Pull = async http =>
        {
            await http.Response.Body.FlushAsync();
            return await open.Task;
        };
        await using var engines = await SeveralEngines.StartAsync(
            "pair", new { image = "example/box:1" }, [("a", 1, new { host = _a.Url }), ("b", 0, new { host = "unix:///run/nobody.sock" })]);
        var create = engines.PostAsync("a");
        await Until.TrueAsync(
            async () => (await engines.AdminAsync("/readyz"))["activity"]!["pair, key a"]?.GetValue<string>()
                .Contains("example/box:1 is being pulled", StringComparison.Ordinal) == true,
            "The ready page does not say which engine is pulling.");
        var ready = await engines.AdminAsync("/readyz");
        Assert.Equal(["a", "b"], ready["accounts"]!.AsArray().Select(Key));
        Assert.Single(ready["activity"]!.AsObject());
        var explained = (await engines.AdminAsync("/explain?operation=container_create"))["accounts_of_pair"]!.AsArray();
        Assert.Equal([_a.Url.TrimEnd('/'), "unix:///run/nobody.sock"], explained.Select(each => each!["address"]!.GetValue<string>()));
        open.SetResult(true);
        (await create).Ok();

        static string Key(JsonNode? account) => account!["key"]!.GetValue<string>();
    }

    [Theory]
    [InlineData(
        """[ { "docker_config": { "host": "tcp://h:1" } }, { "docker_config": { "host": "http://h:1" } } ]""",
        "keys[1].docker_config: leads to http://h:1, as the key \"key-1\" does")]
    [InlineData("""[ { "network_config": { "base_url": "http://h:1" } } ]""", "keys[0].network_config.base_url: says nothing here")]
    [InlineData("""[ { "docker_config": { "host": "tcp://h:1", "workdir": "/" } } ]""", "keys[0].docker_config.workdir: must be")]
    [InlineData("""[ { "docker_config": { "host": "ssh://h" } } ]""", "keys[0].docker_config.host: 'ssh://h' cannot be used")]
    public void Section_of_a_key_that_cannot_work_is_refused_with_its_place(string keys, string expected)
    {
        var folder = Directory.CreateTempSubdirectory("engines-").FullName;
        var path = System.IO.Path.Combine(folder, "gateway.json");
        File.WriteAllText(path, $$"""{ "providers": { "docker": { "keys": {{keys}} } } }""");
        var refused = Assert.Throws<ConfigurationException>(() => SettingsReader.Read(path, _ => null, folder));
        Directory.Delete(folder, recursive: true);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    private Task<SeveralEngines> StartAsync(double a, double b) =>
        SeveralEngines.StartAsync("pair", s_nothing, [("a", a, new { host = _a.Url }), ("b", b, new { host = _b.Url })]);
}
