using Gateway.Fakes;
using Xunit;

namespace Gateway.Scenarios.Accounts;

/// <summary>A call that names no provider finds its container, also when the ledger does not know whose it is.</summary>
public sealed class ProviderSearchTests : IAsyncLifetime
{
    private readonly string _data = Directory.CreateTempSubdirectory("gateway-providers-").FullName;
    private FakeOpenAI _openai = null!;
    private FakeOpenAI _azure = null!;
    private RunningGateway _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _openai = await FakeOpenAI.StartAsync("sk-a", "sk-b");
        _azure = await FakeOpenAI.StartAzureAsync();
        _openai.IdOf = static order => $"openai{order}";
        _azure.IdOf = static order => $"azure{order}";
        _gateway = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _azure.DisposeAsync();
        await _openai.DisposeAsync();
        Directory.Delete(_data, recursive: true);
    }

    [Theory]
    [InlineData("/v1")]
    [InlineData("/openai/v1")]
    public async Task Losing_the_ledger_loses_no_container_of_any_provider(string surface)
    {
        var ids = new Dictionary<string, string>();
        foreach (var provider in new[] { "openai", "azure", "local" })
        {
            var made = await OkAsync(_gateway.Client.PostAsync($"{surface}/containers", Json($$"""{"name":"c","provider":"{{provider}}"}""")));
            ids[made["id"]!.GetValue<string>()] = provider;
        }

        await LoseLedgerAsync();
        foreach (var (id, provider) in ids)
        {
            // The first call about a container may be any; only the first one has to search.
            using var form = new MultipartFormDataContent { { new ByteArrayContent([1]), "file", "a" } };
            var file = await OkAsync(_gateway.Client.PostAsync($"{surface}/containers/{id}/files", form));
            Assert.Equal(provider, file["extra_fields"]!["provider"]!.GetValue<string>());
            await OkAsync(_gateway.Client.GetAsync($"{surface}/containers/{id}/files"));

            // Of the search a request that nobody waits for any more may still arrive.
            var asked = _openai.Requests.Concat(_azure.Requests).Count(
                request => request.Method == "GET" && request.Target.Contains($"{id}/files", StringComparison.Ordinal));
            Assert.Equal(provider == "local" ? 0 : 1, asked);
        }

        await LoseLedgerAsync();
        foreach (var id in ids.Keys)
        {
            await OkAsync(_gateway.Client.DeleteAsync($"{surface}/containers/{id}"));
            _openai.Requests.Clear();
            _azure.Requests.Clear();

            // What is known to be gone is not looked for anywhere else.
            await ErrorAsync(_gateway.Client.DeleteAsync($"{surface}/containers/{id}"), 404);
            Assert.InRange(_openai.Requests.Concat(_azure.Requests).Count(request => request.Method == "DELETE"), 0, 1);
        }
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("DELETE", "")]
    [InlineData("GET", "/files")]
    [InlineData("POST", "/files")]
    [InlineData("GET", "/files/f")]
    [InlineData("GET", "/files/f/content")]
    [InlineData("DELETE", "/files/f")]
    public async Task Another_providers_outage_changes_nothing_in_the_defaults_404(string method, string path)
    {
        AzureAnswers(503);
        for (var i = 0; i < 8; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"/v1/containers/cntr_nobody{i}{path}")
            {
                Content = method == "POST" ? Json("""{"file_id":"file-1"}""") : null,
            };
            var error = await ErrorAsync(_gateway.Client.SendAsync(request), 404);
            Assert.Equal("openai", error["extra_fields"]!["provider"]!.GetValue<string>());
            Assert.Equal("azure", Assert.Single(error["extra_fields"]!["partial"]!.AsArray())!["provider"]!.GetValue<string>());
        }

        // Whoever names a provider or an account has said whom to ask.
        Assert.Null((await ErrorAsync(_gateway.Client.GetAsync("/v1/containers/cntr_nobody?provider=openai"), 404))["extra_fields"]!["partial"]);
        using var pinned = new HttpRequestMessage(HttpMethod.Get, "/v1/containers/cntr_nobody") { Headers = { { "x-bf-api-key", "key-1" } } };
        await ErrorAsync(_gateway.Client.SendAsync(pinned), 404);

        // One that is back is believed at once.
        _azure.Intercept = null;
        await OkAsync(_gateway.Client.GetAsync($"/v1/containers/{_azure.Create("azure-key")}"));
    }

    [Fact]
    public async Task A_silent_provider_holds_the_404_up_for_a_short_time_only()
    {
        // Whoever waits for it waits longer than the test.
        _azure.Intercept = async http =>
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return true;
        };
        for (var i = 0; i < 5; i++)
        {
            var error = await ErrorAsync(_gateway.Client.GetAsync($"/v1/containers/cntr_nobody{i}"), 404);
            Assert.Equal("provider_timeout", Assert.Single(error["extra_fields"]!["partial"]!.AsArray())!["error_type"]!.GetValue<string>());
        }

        _azure.Intercept = null;
        await Until.TrueAsync(
            async () => (await _gateway.Client.GetAsync($"/v1/containers/{_azure.Create("azure-key")}")).IsSuccessStatusCode,
            "It is not found any more.");
    }

    [Fact]
    public async Task The_defaults_own_trouble_is_told_and_nobody_else_is_asked()
    {
        _openai.Intercept = async http =>
        {
            http.Response.StatusCode = 503;
            await http.Response.CompleteAsync();
            return true;
        };
        var error = await ErrorAsync(_gateway.Client.GetAsync("/v1/containers/cntr_somewhere"), 503);
        Assert.Equal("openai", error["extra_fields"]!["provider"]!.GetValue<string>());
        Assert.Empty(_azure.Requests);
    }

    [Fact]
    public async Task Without_a_default_a_provider_must_be_named_unless_one_has_it()
    {
        await using var gateway = await RunningGateway.StartAsync(
            TestSettings.Of(TestSettings.OpenAI(_openai.Url, keys: ["sk-a", "sk-b"]), TestSettings.Keyed("azure", _azure.Url, "azure-key")) with
            {
                DefaultProvider = null,
            });
        var id = _openai.Create("sk-b");
        AzureAnswers(500);
        await OkAsync(gateway.Client.GetAsync($"/v1/containers/{id}"));
        var error = await ErrorAsync(gateway.Client.GetAsync("/v1/containers/cntr_nobody"), 400, "missing_required_parameter");
        Assert.Equal("provider query parameter is required", error["error"]!["message"]!.GetValue<string>());
    }

    private void AzureAnswers(int status) => _azure.Intercept = async http =>
    {
        http.Response.StatusCode = status;
        http.Response.Headers.RetryAfter = "3";
        await http.Response.CompleteAsync();
        return true;
    };

    private Task<RunningGateway> StartAsync() => RunningGateway.StartAsync(
        TestSettings.Of(
            TestSettings.OpenAI(_openai.Url, keys: ["sk-a", "sk-b"]), TestSettings.Keyed("azure", _azure.Url, "azure-key"), TestSettings.Local()),
        dataDirectory: _data, time: new ManualTime());

    private async Task LoseLedgerAsync()
    {
        await _gateway.DisposeAsync();
        foreach (var file in Directory.EnumerateFiles(_data, "ledger.db*"))
        {
            File.Delete(file);
        }

        _gateway = await StartAsync();
    }
}
