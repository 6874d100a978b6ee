using System.Collections.Frozen;
using System.Collections.Immutable;
using Gateway.Hosting;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Gateway.Fakes;

/// <summary>The real gateway in this process, on free loopback ports, with a data directory of its own.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _data;
    private readonly bool _ownsData;

    private RunningGateway(WebApplication app, string data, bool ownsData)
    {
        _app = app;
        _data = data;
        _ownsData = ownsData;
        var addresses = app.Services.GetRequiredService<ListenerAddresses>();
        Url = addresses.Public[0].TrimEnd('/');
        Http2Url = addresses.Public[^1].TrimEnd('/');
        AdminUrl = addresses.Admin[0].TrimEnd('/');
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(Url) };
    }

    public string Url { get; }

    /// <summary>The last one of the public listeners, which are those for HTTP/2 without TLS where there are any.</summary>
    public string Http2Url { get; }

    public string AdminUrl { get; }

    /// <summary>A plain client of the public listener.</summary>
    public HttpClient Client { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Starts a gateway over these settings; ports and data directory are replaced.</summary>
    public static async Task<RunningGateway> StartAsync(
        GatewaySettings settings, ILoggerProvider? logs = null, string? dataDirectory = null, TimeProvider? time = null)
    {
        var data = dataDirectory ?? Directory.CreateTempSubdirectory("gateway-").FullName;
        var server = settings.Server with
        {
            Urls = OnFreePorts(settings.Server.Urls), Http2Urls = OnFreePorts(settings.Server.Http2Urls),
            AdminUrls = OnFreePorts(settings.Server.AdminUrls),
        };
        var app = GatewayHost.Build(
            settings with
            {
                DataDirectory = data,
                Server = server,

                // So that an edit of the file leaves them as they are.
                InForce = settings.InForce is not { } file ? null : file with
                {
                    DataDirectory = data,
                    Server = file.Server with
                    {
                        Urls = string.Join(';', server.Urls), AdminUrls = string.Join(';', server.AdminUrls),
                        Http2Urls = server.Http2Urls.IsEmpty ? null : string.Join(';', server.Http2Urls),
                    },
                },
            },
            time ?? TimeProvider.System,
            builder =>
            {
                builder.Logging.ClearProviders();
                if (logs is not null)
                {
                    builder.Logging.AddProvider(logs);
                }
            });
        await app.StartAsync();
        return new RunningGateway(app, data, dataDirectory is null);
    }

    /// <summary>Asks for a graceful stop and waits for it.</summary>
    public Task StopAsync() => _app.StopAsync();

    private static ImmutableArray<string> OnFreePorts(ImmutableArray<string> urls) =>
        [.. urls.Select(url => $"{BindingAddress.Parse(url).Scheme}://127.0.0.1:0")];

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        if (_ownsData)
        {
            Directory.Delete(_data, recursive: true);
        }
    }
}

/// <summary>Settings in code, for tests that are not about the file.</summary>
internal static class TestSettings
{
    /// <summary>Limits that only a hanging test reaches.</summary>
    private static readonly NetworkSettings s_patient = new()
    {
        ConnectTimeout = Until.Hung, RequestTimeout = Until.Hung, StreamIdleTimeout = Until.Hung,
    };

    /// <summary>Those of a file that sets nothing.</summary>
    public static GatewaySettings Defaults { get; } = SettingsReader.Read(
        ConfigPath.DocumentVariable, name => name == ConfigPath.DocumentVariable ? """{ "providers": { "local": {} } }""" : null);

    public static GatewaySettings Of(params ProviderSettings[] providers) => new()
    {
        SourcePath = "/test/gateway.json",
        Revision = Guid.NewGuid().ToString("N"),
        Server = new ServerSettings
        {
            Urls = ["http://127.0.0.1:0"],
            AdminUrls = ["http://127.0.0.1:0"],
            DrainTimeout = TimeSpan.FromSeconds(10),
            AllowedHosts = ["gateway"],
        },
        Client = Defaults.Client,
        Logging = new LoggingSettings(LogFormat.Console, LogLevel.Information),
        DefaultProvider = providers[0].Name,
        DropInProvider = providers[0].Name,
        DataDirectory = "/replaced",
        Providers = providers.ToFrozenDictionary(provider => provider.Name),
        Cache = Defaults.Cache with { Enabled = false },
    };

    /// <summary>A provider of OpenAI's shape at this address.</summary>
    public static ProviderSettings OpenAI(string url, string name = "openai", NetworkSettings? network = null, params string[] keys) =>
        Provider(name, "openai", url, network, keys.Length == 0 ? ["sk-upstream"] : keys);

    /// <summary>A provider of a built-in dialect at this address, under the dialect's name.</summary>
    public static ProviderSettings Keyed(string dialect, string url, params string[] keys) => Provider(dialect, dialect, url, null, keys);

    /// <summary>The provider that needs nothing else.</summary>
    public static ProviderSettings Local(object? options = null) => new()
    {
        Name = "local",
        Dialect = Find("local"),
        Network = new NetworkSettings(),
        Options = options,
    };

    /// <summary>A provider that needs no key, as its section describes it; limits are those a test machine permits.</summary>
    public static ProviderSettings Keyless(string dialect, string section, string? name = null, NetworkSettings? network = null)
    {
        var kind = Find(dialect);
        var options = kind.Section!.Read(System.Text.Json.JsonDocument.Parse(section).RootElement);
        var address = kind.Address!(new KeyContext(null, null, options));
        return new ProviderSettings
        {
            Name = name ?? dialect,
            Dialect = kind,
            Network = network ?? s_patient,
            Options = options,
            Accounts =
            [
                new Account
                {
                    Name = "default",
                    Id = "default",
                    BaseAddress = address.BaseAddress,
                    Transport = address.Transport,
                    Options = options,
                },
            ],
        };
    }

    private static ProviderSettings Provider(string name, string dialect, string url, NetworkSettings? network, IEnumerable<string> keys)
    {
        var kind = Find(dialect);
        var address = kind.Address!(new KeyContext(url, null, null));
        return new ProviderSettings
        {
            Name = name,
            Dialect = kind,
            Network = network ?? s_patient,
            Accounts = [.. keys.Select((key, index) => new Account
            {
                Name = $"key-{index + 1}",
                Id = $"key-{index + 1}",
                BaseAddress = address.BaseAddress,
                Query = [.. address.Query],
                Secret = new Secret(key),
            })],
        };
    }

    private static Dialect Find(string name) =>
        ProviderCatalog.TryFind(name, out var dialect) ? dialect : throw new InvalidOperationException($"There is no dialect {name}.");
}
