using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Telemetry;

namespace Gateway.Providers;

/// <summary>Tells the log what providers are busy with: when it begins, fails and ends, and now and then in between.</summary>
internal sealed class ActivityLog(ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (ProviderActivity Activity, long At)> _told = [];

    /// <summary>What a provider is busy with now, at each of its accounts, which are named where there are several.</summary>
    public static IEnumerable<(string Name, ProviderActivity? Activity)> Of(ProviderSettings provider, ProviderRegistry registry) =>
        registry.Find(provider.Name) is IReportsActivity reporting
            ? provider.Accounts.Select(account => (
                provider.Accounts.Length == 1 ? provider.Name : $"{provider.Name}, key {account.Name}", reporting.ActivityOf(account)))
            : [];

    /// <summary>What a provider is busy with now; null for nothing. Called about every second.</summary>
    public void Tell(string provider, ProviderActivity? activity)
    {
        var isKnown = _told.TryGetValue(provider, out var last);
        if (activity is null)
        {
            if (isKnown)
            {
                _told.Remove(provider);
                logger.ProviderIdle(provider);
            }

            return;
        }

        if (isKnown && (activity == last.Activity || (activity.IsFault == last.Activity.IsFault && time.GetElapsedTime(last.At) < s_pause)))
        {
            return;
        }

        _told[provider] = (activity, time.GetTimestamp());
        if (activity.IsFault)
        {
            logger.ProviderFault(provider, activity.Text);
        }
        else
        {
            logger.ProviderBusy(provider, activity.Text);
        }
    }
}
