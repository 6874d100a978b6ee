using System.Text.Json.Nodes;
using Gateway.Fakes;
using Gateway.Settings;
using Microsoft.AspNetCore.Http;

namespace Gateway.Scenarios.Accounts;

/// <summary>A gateway with several keys of one OpenAI-shaped upstream: <c>sk-a</c> is <c>key-1</c>, and so on.</summary>
internal sealed class AccountsWorld : IAsyncDisposable
{
    public static readonly NetworkSettings Quick = new()
    {
        RequestTimeout = TimeSpan.FromSeconds(60),
        ConnectTimeout = TimeSpan.FromSeconds(60),
        BackoffInitial = TimeSpan.FromMilliseconds(5),
        BackoffMax = TimeSpan.FromMilliseconds(10),
    };

    private AccountsWorld(FakeOpenAI upstream, RunningGateway gateway)
    {
        Upstream = upstream;
        Gateway = gateway;
    }

    public static string[] Keys { get; } = ["sk-a", "sk-b", "sk-c"];

    public FakeOpenAI Upstream { get; }

    public RunningGateway Gateway { get; }

    /// <summary>The configured name of a key.</summary>
    public static string NameOf(string key) => $"key-{Array.IndexOf(Keys, key) + 1}";

    public HttpClient Http => Gateway.Client;

    public static async Task<AccountsWorld> StartAsync(
        NetworkSettings? network = null, Func<ProviderSettings, ProviderSettings>? change = null, string[]? keys = null, TimeProvider? time = null)
    {
        var upstream = await FakeOpenAI.StartAsync(keys ?? Keys);
        var provider = TestSettings.OpenAI(upstream.Url, network: network ?? Quick, keys: keys ?? Keys);
        var gateway = await RunningGateway.StartAsync(TestSettings.Of(change is null ? provider : change(provider)), time: time);
        return new AccountsWorld(upstream, gateway);
    }

    /// <summary>Gives the accounts these weights, in order.</summary>
    public static Func<ProviderSettings, ProviderSettings> Weights(params double[] weights) => provider => provider with
    {
        Accounts = [.. provider.Accounts.Select((account, index) => account with { Weight = weights[index] })],
    };

    /// <summary>Requests to upstreams that an answer took.</summary>
    public static int AttemptsOf(JsonObject answer) => answer["extra_fields"]!["routing_info"]!["attempts"]?.GetValue<int>() ?? 1;

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers) =>
        Http.SendAsync(method, path, body, headers);

    public Task<HttpResponseMessage> PostAsync(string name, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, "/v1/containers", $$"""{"name":"{{name}}"}""", headers);

    public Task<JsonObject> CreateAsync(string name = "c", params (string Name, string Value)[] headers) => OkAsync(PostAsync(name, headers));

    public Task<HttpResponseMessage> GetAsync(string id) => Http.GetAsync($"/v1/containers/{id}");

    /// <summary>Answers this account's requests with an error.</summary>
    public void Refuse(int status, params string[] keys) => Upstream.Intercept = async http =>
    {
        if (!keys.Contains(FakeOpenAI.KeyOf(http)))
        {
            return false;
        }

        Upstream.Requests.Enqueue(await Received.ReadAsync(http));
        http.Response.StatusCode = status;
        http.Response.Headers.RetryAfter = "3";
        await http.Response.WriteAsJsonAsync(
            new { error = new { message = $"refused with {status}", type = "t", code = (string?)null, param = (string?)null } });
        return true;
    };

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Upstream.DisposeAsync();
    }
}
