using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Telemetry;
using Microsoft.Extensions.Compliance.Classification;
using Microsoft.Extensions.Compliance.Redaction;

namespace Gateway.Providers;

/// <summary>
/// Gives providers that need it a round of <see cref="IMaintained"/> work from time to time, on each of their accounts, each at its own pace.
/// </summary>
internal sealed class Maintenance(
    SettingsSource settings, ProviderRegistry registry, AttemptLoop attempts, TimeProvider time, IRedactorProvider redactors,
    ILogger<Maintenance> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var rounds = new Dictionary<(string Provider, string Account), Round>();
        var told = new ActivityLog(logger, time);
        using var timer = new PeriodicTimer(s_step, time);
        while (await NextAsync(timer, stoppingToken))
        {
            var current = settings.Current;
            foreach (var provider in current.Providers.Values)
            {
                foreach (var (name, activity) in ActivityLog.Of(provider, registry))
                {
                    told.Tell(name, activity);
                }

                foreach (var (maintained, account) in AccountsOf(provider))
                {
                    var key = (provider.Name, account.Id);
                    if (!rounds.TryGetValue(key, out var round))
                    {
                        rounds[key] = round = new Round(time.GetTimestamp(), Task.CompletedTask);
                    }

                    if (round.Work.IsCompleted && time.GetElapsedTime(round.Started) >= maintained.MaintenanceInterval)
                    {
                        rounds[key] = new Round(time.GetTimestamp(), RunAsync(maintained, provider, account, current, stoppingToken));
                    }
                }
            }
        }

        await Task.WhenAll(rounds.Values.Select(round => round.Work));
    }

    /// <summary>One round of every provider, now.</summary>
    public Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var current = settings.Current;
        return Task.WhenAll(
            from provider in current.Providers.Values
            from pair in AccountsOf(provider)
            select RunAsync(pair.Provider, provider, pair.Account, current, cancellationToken));
    }

    private IEnumerable<(IMaintained Provider, Account Account)> AccountsOf(ProviderSettings provider) =>
        provider.Accounts.Length > 0 && registry.Get(provider) is IMaintained maintained
            ? provider.Accounts.Select(account => (maintained, account))
            : [];

    private static async ValueTask<bool> NextAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task RunAsync(
        IMaintained provider, ProviderSettings served, Account account, GatewaySettings current, CancellationToken cancellationToken)
    {
        // There is no client's request; those of the round still want a log book.
        using var span = Spans.BeginMaintenance();
        var exchange = new Exchange(GatewayMetrics.Maintenance, current, time) { Provider = served.Name, Served = served };
        try
        {
            await provider.MaintainAsync(new AccountUpstream(attempts, served, account, exchange), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The rest is for the next start.
        }
#pragma warning disable CA1031 // A defect in one round must not end all later ones.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            logger.MaintenanceFailed(served.Name, redactors.GetRedactor(new DataClassificationSet(DataClasses.Defect)).Redact(exception.ToString()));
        }
    }

    private sealed record Round(long Started, Task Work);
}
