using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Gateway.Fakes;
using Gateway.Scenarios.Hostile;
using Gateway.Settings;

namespace Gateway.Scenarios.Tenants;

/// <summary>
/// A gateway with four keys: Ann's and Amy's of team one, Bob's of team two, and an operator's that sees everything. Its providers are
/// <c>local</c> and, where there is an upstream of OpenAI's shape, <c>openai</c> with one or two accounts.
/// </summary>
internal sealed partial class TenantWorld : IAsyncDisposable
{
    public const string One = "team:one";


    private readonly string _folder;
    private readonly List<HttpClient> _clients = [];

    private TenantWorld(string folder, FakeOpenAI upstream, RunningGateway gateway)
    {
        _folder = folder;
        Upstream = upstream;
        Gateway = gateway;
        (Ann, Amy, Bob, Ops) = (Client("ann"), Client("amy"), Client("bob"), Client("ops"));
    }

    public FakeOpenAI Upstream { get; }

    public RunningGateway Gateway { get; }

    /// <summary>Of team one.</summary>
    public HttpClient Ann { get; }

    /// <summary>Of team one, too.</summary>
    public HttpClient Amy { get; }

    /// <summary>Of team two.</summary>
    public HttpClient Bob { get; }

    /// <summary>An operator.</summary>
    public HttpClient Ops { get; }

    public string Ledger => Path.Combine(_folder, "data", "ledger.db");

    /// <summary>Starts one.</summary>
    /// <param name="provider">What calls without a provider go to.</param>
    /// <param name="accounts">Accounts of <c>openai</c>.</param>
    /// <param name="others">More members of the file, each with a comma behind it.</param>
    /// <param name="time">The clock.</param>
    public static async Task<TenantWorld> StartAsync(string provider, int accounts = 1, string others = "", TimeProvider? time = null)
    {
        var upstream = await FakeOpenAI.StartAsync("sk-a", "sk-b");
        upstream.IdOf = _ => Guid.NewGuid().ToString("N");
        var folder = Directory.CreateTempSubdirectory("tenants-").FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "gateway.json"), Config(provider, upstream.Url, accounts, others));
        return new TenantWorld(folder, upstream, await StartAsync(folder, time));
    }

    /// <summary>A file for it.</summary>
    public static string Config(string provider, string upstream, int accounts, string others = "") =>
        $$"""
        {
          "default_provider": "{{provider}}", "drop_in_provider": "{{provider}}", {{others}}
          "providers": {
            "local": {},
            "openai": {
              "network_config": { "base_url": "{{upstream}}", "default_request_timeout_in_seconds": 60 },
              "keys": [ { "name": "first", "value": "sk-a" }{{(accounts > 1 ? """, { "name": "second", "value": "sk-b" }""" : "")}} ]
            }
          },
          "governance": {
            "teams": [ { "id": "one", "name": "One" }, { "id": "two", "name": "Two" } ],
            "virtual_keys": [ {{Key("ann", "one")}}, {{Key("amy", "one")}}, {{Key("bob", "two", ", \"allow_pinning\": true")}},
                              {{Key("ops", null, ", \"containers\": \"all\", \"allow_pinning\": true")}} ]
          }
        }
        """;

    /// <summary>The value of a key.</summary>
    public static string ValueOf(string key) =>
        "sk-bf-" + Convert.ToBase64String(Encoding.UTF8.GetBytes($"a key of {key}, for tests only")).TrimEnd('=');

    /// <summary>A client with this key, of any gateway.</summary>
    public static HttpClient ClientOf(string url, string key) => new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        BaseAddress = new Uri(url), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", ValueOf(key)) },
    };

    /// <summary>The whole answer to a request, header by header in their order, without what differs from request to request by its nature.</summary>
    public Task<string> AskAsync(string key, string method, string target, string? body = null, string headers = "") =>
        AskAsync(Gateway, key, method, target, body, headers);

    /// <inheritdoc cref="AskAsync(string, string, string, string?, string)"/>
    public static async Task<string> AskAsync(
        RunningGateway gateway, string key, string method, string target, string? body = null, string headers = "")
    {
        await using var client = await RawClient.ConnectAsync(gateway);
        var length = body is null ? "" : $"Content-Type: application/json\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\n";
        await client.SendAsync(RawClient.Lines(
            $"{method} {target} HTTP/1.1\nHost: 127.0.0.1\nAuthorization: Bearer {ValueOf(key)}\n{headers}{length}\n{body}"));
        var answer = (await client.ReceiveAsync(head: method == "HEAD"))!;

        // A latency of one digit more is a length of one more; that the length is the body's was checked when it was read.
        var head = string.Join('\n', answer.Headers.Select(
            header => $"{header.Key}: {(header.Key is "Content-Length" or "Date" ? "…" : header.Value)}"));
        return Volatile().Replace($"{answer.Status}\n{head}\n\n{Encoding.UTF8.GetString(answer.Body)}", "$1…");
    }

    /// <summary>The keys of such a world, for another gateway.</summary>
    public static async Task<AccessSettings> AccessAsync()
    {
        var folder = Directory.CreateTempSubdirectory("tenants-").FullName;
        var path = Path.Combine(folder, "gateway.json");
        await File.WriteAllTextAsync(path, Config("local", "http://127.0.0.1:1", accounts: 1));
        var access = SettingsReader.Read(path, _ => null, folder).Access;
        Directory.Delete(folder, recursive: true);
        return access;
    }

    /// <summary>An id of the same shape and length that nobody has.</summary>
    public static string Mirrored(string id)
    {
        var start = id.LastIndexOf('_') + 1;
        return id[..start] + new string([.. id[start..].Reverse()]);
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await Gateway.DisposeAsync();
        await Upstream.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Another gateway over the same file, with a directory of its own.</summary>
    public async Task<RunningGateway> OtherAsync()
    {
        var settings = SettingsReader.Read(Path.Combine(_folder, "gateway.json"), _ => null, _folder);
        return await RunningGateway.StartAsync(settings);
    }

    private static Task<RunningGateway> StartAsync(string folder, TimeProvider? time)
    {
        var settings = SettingsReader.Read(Path.Combine(folder, "gateway.json"), _ => null, folder);
        return RunningGateway.StartAsync(settings, dataDirectory: Path.Combine(folder, "data"), time: time);
    }

    private static string Key(string name, string? team, string others = "") =>
        $$"""
        { "name": "{{name}}", "value": "{{ValueOf(name)}}", "provider_configs": [ { "provider": "*" } ]
          {{(team is null ? "" : $", \"team_id\": \"{team}\"")}}{{others}} }
        """;

    [GeneratedRegex(
        """((?:x-request-id|x-bifrost-request-id|x-bifrost-upstream-latency-ms): |"latency":|"event_id":)[^\n}]*?(?=[\n,}])""",
        RegexOptions.IgnoreCase)]
    private static partial Regex Volatile();

    private HttpClient Client(string key)
    {
        var client = ClientOf(Gateway.Url, key);
        _clients.Add(client);
        return client;
    }
}
