using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Gateway.Fakes;
using Gateway.Settings;
using Xunit;
using static Gateway.Scenarios.Accounts.AccountsWorld;
using FilePath = System.IO.Path;

namespace Gateway.Scenarios.Accounts;

/// <summary>Edits of the configuration file take effect by themselves, under load, without a failed request; bad ones change nothing.</summary>
public sealed class LiveConfigTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-live-").FullName;
    private FakeOpenAI _upstream = null!;
    private RunningGateway _gateway = null!;

    private string FileName => FilePath.Combine(_directory, "gateway.json");

    public async ValueTask InitializeAsync()
    {
        _upstream = await FakeOpenAI.StartAsync(Keys);
        await File.WriteAllTextAsync(FileName, Config(("sk-a", 1)));
        _gateway = await RunningGateway.StartAsync(SettingsReader.Read(FileName, Environment.GetEnvironmentVariable, _directory));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _upstream.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("in place")]
    [InlineData("renamed over")]
    [InlineData("link switched")]
    public async Task Edit_of_the_configuration_takes_effect_however_the_file_is_replaced(string how)
    {
        await using var load = new Load(_gateway);
        await EditAsync(how, Config(("sk-a", 0), ("sk-b", 1)));
        await UntilAsync(async () => KeyOf(await load.CreateAsync()) == "sk-b");
        await EditAsync(how, "{ \"providers\": ");
        await UntilAsync(async () => (await ReadyAsync())["config_refused"] is not null);
        await load.CreateAsync();
        await EditAsync(how, Config(("sk-c", 1)));
        await UntilAsync(async () => KeyOf(await load.CreateAsync()) == "sk-c");
        await UntilAsync(async () => (await ReadyAsync())["config_refused"] is null);
        Assert.Empty(await load.StopAsync());
    }

    [Fact]
    public async Task Added_removed_disabled_and_reweighted_keys_behave_and_cursors_survive()
    {
        await File.WriteAllTextAsync(FileName, Config(("sk-a", 1), ("sk-b", 1), ("sk-c", 1)));
        await UntilAsync(async () => await CountAsync() == 0);
        foreach (var key in Keys.SelectMany(key => Enumerable.Repeat(key, 4)))
        {
            _upstream.Create(key);
        }

        await UntilAsync(async () => await CountAsync() == 12);
        var first = await OkAsync(_gateway.Client.GetAsync("/v1/containers?limit=3&order=asc"));
        var after = first["last_id"]!.GetValue<string>();

        // Disabled: its containers are out of sight, those of the others go on behind the same cursor.
        await File.WriteAllTextAsync(FileName, Config(("sk-a", 1), ("sk-b", 1), ("sk-c", -1)));
        await UntilAsync(async () => await CountAsync() == 8);
        var rest = await OkAsync(_gateway.Client.GetAsync($"/v1/containers?order=asc&after={after}"));
        Assert.Equal(5, rest["data"]!.AsArray().Count);
        await ErrorAsync(_gateway.Client.GetAsync($"/v1/containers/{_upstream.IdsOf("sk-c")[0]}"), 404);

        await File.WriteAllTextAsync(FileName, Config(("sk-c", 5), ("sk-a", 0)));
        await UntilAsync(async () =>
        {
            using var response = await _gateway.Client.GetAsync($"/v1/containers/{_upstream.IdsOf("sk-c")[0]}");
            return response.StatusCode == HttpStatusCode.OK;
        });
        for (var i = 0; i < 10; i++)
        {
            Assert.Contains(Id(await OkAsync(_gateway.Client.PostAsync("/v1/containers", Json("""{"name":"c"}""")))), _upstream.IdsOf("sk-c"));
        }

        Assert.Equal(4, _upstream.IdsOf("sk-a").Count);

        async Task<int> CountAsync()
        {
            using var response = await _gateway.Client.GetAsync("/v1/containers?limit=100");
            var page = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
            return page["data"]?.AsArray().Count ?? -1;
        }
    }

    [Fact]
    public async Task Fifty_rewrites_of_the_configuration_under_load_fail_no_request()
    {
        await using var load = new Load(_gateway);
        for (var i = 0; i < 50; i++)
        {
            var text = (i % 4) switch
            {
                0 => Config(("sk-a", 1), ("sk-b", 2)),
                1 => Config(("sk-a", 1), ("sk-b", 2))[..^20],
                2 => Config(("sk-b", 1), ("sk-a", 0), ("sk-c", 1)),
                _ => "{ \"providers\": { \"openai\": { \"keys\": 7 } } }",
            };
            await EditAsync(i % 2 == 0 ? "in place" : "renamed over", text);
            await Task.Delay(i % 5 == 0 ? 600 : 30);
        }

        await File.WriteAllTextAsync(FileName, Config(("sk-c", 1)));
        await UntilAsync(async () => KeyOf(await load.CreateAsync()) == "sk-c");
        await UntilAsync(() => Task.FromResult(load.Count > 200));
        Assert.Empty(await load.StopAsync());
    }

    private static string KeyOf(JsonObject answer) => answer["extra_fields"]!["routing_info"]!["key"]!.GetValue<string>();

    private static Task UntilAsync(Func<Task<bool>> condition) => Until.TrueAsync(condition, "The edit does not take effect.");

    /// <summary>A weight below 0 stands for a key that is disabled.</summary>
    private string Config(params (string Key, int Weight)[] keys)
    {
        var entries = keys.Select(key =>
        {
            var (weight, enabled) = key.Weight < 0 ? (0, "false") : (key.Weight, "true");
            return $$"""{ "name": "{{key.Key}}", "value": "{{key.Key}}", "weight": {{weight}}, "enabled": {{enabled}} }""";
        });
        return $$"""
            { "default_provider": "openai", "providers": { "openai": {
              "keys": [ {{string.Join(", ", entries)}} ], "network_config": { "base_url": "{{_upstream.Url}}" } } } }
            """;
    }

    private async Task EditAsync(string how, string text)
    {
        if (how == "in place")
        {
            await File.WriteAllTextAsync(FileName, text);
            return;
        }

        var fresh = FilePath.Combine(_directory, Guid.NewGuid().ToString("N"));
        await File.WriteAllTextAsync(fresh, text);
        if (how == "link switched")
        {
            var link = fresh + ".link";
            File.CreateSymbolicLink(link, fresh);
            fresh = link;
        }

        File.Move(fresh, FileName, overwrite: true);
    }

    private async Task<JsonObject> ReadyAsync()
    {
        using var admin = new HttpClient();
        return await OkAsync(admin.GetAsync(_gateway.AdminUrl + "/readyz"));
    }

    /// <summary>Four clients that create, list and ask for what is not there, with hardly a pause.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private readonly RunningGateway _gateway;
        private readonly CancellationTokenSource _end = new();
        private readonly ConcurrentQueue<string> _failures = new();
        private readonly Task _clients;
        private int _count;

        public Load(RunningGateway gateway)
        {
            _gateway = gateway;
            _clients = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(RunAsync)));
        }

        public int Count => _count;

        public Task<JsonObject> CreateAsync() => OkAsync(_gateway.Client.PostAsync("/v1/containers", Json("""{"name":"c"}""")));

        public async Task<IEnumerable<string>> StopAsync()
        {
            await _end.CancelAsync();
            await _clients;
            return _failures;
        }

        public async ValueTask DisposeAsync()
        {
            await StopAsync();
            _end.Dispose();
        }

        private async Task RunAsync()
        {
            while (!_end.IsCancellationRequested)
            {
                await ExpectAsync(_gateway.Client.PostAsync("/v1/containers", Json("""{"name":"load"}""")));
                await ExpectAsync(_gateway.Client.GetAsync("/v1/containers?limit=5"));
                await ExpectAsync(_gateway.Client.GetAsync("/v1/containers/cntr_none"), HttpStatusCode.NotFound);
                await Task.Delay(5);
            }
        }

        private async Task ExpectAsync(Task<HttpResponseMessage> answer, HttpStatusCode status = HttpStatusCode.OK)
        {
            Interlocked.Increment(ref _count);
            try
            {
                using var response = await answer;
                if (response.StatusCode != status)
                {
                    _failures.Enqueue($"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
                }
            }
            catch (HttpRequestException exception)
            {
                _failures.Enqueue(exception.Message);
            }
        }
    }
}
