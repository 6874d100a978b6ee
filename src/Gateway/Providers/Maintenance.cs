using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Telemetry;
using Microsoft.Extensions.Compliance.Classification;
using Microsoft.Extensions.Compliance.Redaction;

namespace Gateway.Providers;

/// <summary>Gives providers that need it a round of <see cref="IMaintained"/> work from time to time, each at its own pace.</summary>
internal sealed class Maintenance(
    SettingsSource settings, ProviderRegistry registry, AttemptLoop attempts, TimeProvider time, IRedactorProvider redactors,
    ILogger<Maintenance> logger)
    : BackgroundService
{
    private static readonly TimeSpan s_step = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var rounds = new Dictionary<string, Round>();
        var told = new ActivityLog(logger, time);
        using var timer = new PeriodicTimer(s_step, time);
        while (await NextAsync(timer, stoppingToken))
        {
            var current = settings.Current;
            foreach (var provider in current.Providers.Values)
            {
                told.Tell(provider.Name, (registry.Find(provider.Name) as IReportsActivity)?.Activity);
                if (provider.Accounts.Length == 0 || registry.Get(provider) is not IMaintained maintained)
                {
                    continue;
                }

                if (!rounds.TryGetValue(provider.Name, out var round))
                {
                    rounds[provider.Name] = round = new Round(time.GetTimestamp(), Task.CompletedTask);
                }

                if (round.Work.IsCompleted && time.GetElapsedTime(round.Started) >= maintained.MaintenanceInterval)
                {
                    rounds[provider.Name] = new Round(time.GetTimestamp(), RunAsync(maintained, provider, current, stoppingToken));
                }
            }
        }

        await Task.WhenAll(rounds.Values.Select(round => round.Work));
    }

    /// <summary>One round of every provider, now.</summary>
    public Task RunOnceAsync(CancellationToken cancellationToken)
    {
        var current = settings.Current;
        return Task.WhenAll(current.Providers.Values
            .Where(provider => provider.Accounts.Length > 0 && registry.Get(provider) is IMaintained)
            .Select(provider => RunAsync((IMaintained)registry.Get(provider), provider, current, cancellationToken)));
    }

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

    private async Task RunAsync(IMaintained provider, ProviderSettings served, GatewaySettings current, CancellationToken cancellationToken)
    {
        // There is no request; requests still want a log book and a place for headers.
        using var span = Spans.BeginMaintenance();
        var exchange = new Exchange(GatewayMetrics.Maintenance, current, time) { Provider = served.Name, Served = served };
        try
        {
            await provider.MaintainAsync(new RecipeUpstream(attempts, served, exchange, new DefaultHttpContext()), cancellationToken);
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
