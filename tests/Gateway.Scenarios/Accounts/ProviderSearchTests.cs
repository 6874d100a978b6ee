using Gateway.Fakes;
using Xunit;
using static Gateway.Scenarios.Accounts.AccountsWorld;

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
            var asked = _openai.Requests.Concat(_azure.Requests).Count(request => request.Method == "GET" && request.Target.Contains($"{id}/files", StringComparison.Ordinal));
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

    [Fact]
    public async Task Not_found_is_said_only_when_every_provider_says_so()
    {
        var error = await ErrorAsync(_gateway.Client.GetAsync("/v1/containers/cntr_none"), 404);
        Assert.Equal("openai", error["extra_fields"]!["provider"]!.GetValue<string>());
        var azure = 0;
        _azure.Intercept = async http =>
        {
            Interlocked.Increment(ref azure);
            http.Response.StatusCode = 503;
            http.Response.Headers.RetryAfter = "3";
            await http.Response.CompleteAsync();
            return true;
        };
        using var unsure = await _gateway.Client.GetAsync("/v1/containers/cntr_nobody");
        Assert.Equal(503, (int)unsure.StatusCode);
        Assert.Equal("azure", unsure.Headers.GetValues("x-bifrost-provider").Single());
        Assert.Equal("3", unsure.Headers.GetValues("Retry-After").Single());

        // Out after five failures in a row, it is not asked again for what nobody has, and the answer still is not 404.
        for (var i = 0; i < 8; i++)
        {
            await ErrorAsync(_gateway.Client.GetAsync($"/v1/containers/cntr_nobody{i}"), 503);
        }

        var asked = Volatile.Read(ref azure);
        await ErrorAsync(_gateway.Client.GetAsync("/v1/containers/cntr_nobody_at_all"), 503);
        Assert.Equal(asked, Volatile.Read(ref azure));

        // Whoever names a provider or an account has said whom to ask.
        await ErrorAsync(_gateway.Client.GetAsync("/v1/containers/cntr_nobody?provider=openai"), 404);
        using var pinned = new HttpRequestMessage(HttpMethod.Get, "/v1/containers/cntr_nobody") { Headers = { { "x-bf-api-key", "key-1" } } };
        await ErrorAsync(_gateway.Client.SendAsync(pinned), 404);
    }

    private Task<RunningGateway> StartAsync() => RunningGateway.StartAsync(
        TestSettings.Of(TestSettings.OpenAI(_openai.Url, keys: ["sk-a", "sk-b"]), TestSettings.Azure(_azure.Url), TestSettings.Local()),
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
