using System.Collections.Frozen;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Gateway.Pipeline;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Hosting;

/// <summary>
/// Asks each account for its containers, one at most, the way a client's list would: through the real dialect, credential, proxy and certificates, in
/// a gateway that never listens. A list is read only: nothing is billed, and no container is kept alive.
/// </summary>
internal sealed class UpstreamChecks : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly GatewaySettings _settings;
    private readonly string _directory = Directory.CreateTempSubdirectory("gateway-doctor-").FullName;
    private readonly WebApplication _app;

    public UpstreamChecks(GatewaySettings settings)
    {
        _settings = settings with
        {
            // Beside a gateway that runs: nothing of its own is opened.
            DataDirectory = _directory,
            Cache = settings.Cache with { Redis = null, Enabled = false },
            Telemetry = settings.Telemetry with { IsSent = false },
            Providers = settings.Providers.Where(each => !each.Value.Accounts.IsEmpty).ToFrozenDictionary(),
        };
        _app = GatewayHost.Build(_settings, TimeProvider.System, builder => builder.Logging.ClearProviders());
    }

    /// <summary>What came of it: whether it was well, and what to tell.</summary>
    public async Task<(bool Well, string Detail)> AskAsync(ProviderSettings provider, Account account)
    {
        if (provider.AllowedOperations?.Contains(Operation.ContainerList) == false)
        {
            return (true, "lists are not allowed for this provider, so none was asked for");
        }

        var network = provider.Network;
        var alone = provider with
        {
            Accounts = [account],
            Network = network with { MaxRetries = 0, RequestTimeout = network.RequestTimeout < s_limit ? network.RequestTimeout : s_limit },
        };
        var started = Stopwatch.GetTimestamp();
        var call = new Call { Operation = Operation.ContainerList, Provider = provider.Name, Page = new PageQuery { Limit = 1 } };
        var plan = _app.Services.GetRequiredService<ProviderRegistry>().Get(alone).Plan(call);
        var place = account.Place + (plan as Plan.Forward)?.Request.Target.Path;
        using var limit = new CancellationTokenSource(s_limit);
        var exchange = new Exchange("doctor", _settings, TimeProvider.System) { Provider = alone.Name, Served = alone, Call = call };
        return await _app.Services.GetRequiredService<PlanRunner>().RunAsync(call, alone, alone.Accounts, exchange, limit.Token) switch
        {
            Reply.Json list when IsList(list.Body) => (true, $"{place} lists containers in {Milliseconds(started)} ms"),
            Reply.Failed { Error: var error } => (false, Explain(error, place)),
            _ => (false, $"{place} answers something that is no list: is the base URL right?"),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Milliseconds since a timestamp.</summary>
    public static string Milliseconds(long started) =>
        Stopwatch.GetElapsedTime(started).TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);

    private static string Explain(GatewayError error, string place) => error switch
    {
        { UpstreamStatus: (401 or 403) and var status } => $"{place} refuses the key ({status})",
        { UpstreamStatus: (404 or 405) and var status } => $"{place} is not known there ({status}): "
            + (IsRepeated(place) ? "the path repeats itself; end the base URL before /openai/v1" : "is the base URL right?"),
        { UpstreamStatus: { } status } => $"{place} answers {status}: {error.Message}",
        _ => $"{place} gives no answer: {error.Message}",
    };

    private static bool IsRepeated(string place) => place.Contains("/v1/v1/", StringComparison.Ordinal) || place.Split("/openai/").Length > 2;

    private static bool IsList(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.Array;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
