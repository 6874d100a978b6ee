using Gateway.Pipeline;
using Gateway.Providers;
using Gateway.Providers.Contract;

namespace Gateway.Limits;

/// <summary>Limits of a key at a provider, which are looked at once it is known where a call goes: before it goes there.</summary>
internal static class ProviderLimits
{
    /// <summary>Why the call is refused, or null. A list of several providers counts at each of them.</summary>
    public static ValueTask<GatewayError?> RefusalAsync(Call call, Exchange exchange, ILimiter limiter)
    {
        if (exchange.Directives.Caller.Key is not { Rights.Providers: { } allowed } key || allowed.Values.All(rights => rights.RateLimit is null))
        {
            return default;
        }

        var limits = CallerLimits.Of(key, ProviderSet.IsSeveral(call.Provider)
            ? ProviderSet.Resolve(call.Provider, exchange.Settings, out _).Select(provider => provider.Name)
            : [call.Provider]);
        return limits.IsEmpty ? default : CountAsync(limits, exchange, limiter);
    }

    private static async ValueTask<GatewayError?> CountAsync(CallerLimits limits, Exchange exchange, ILimiter limiter)
    {
        var admission = await limiter.EnterAsync(limits);
        exchange.Quotas = [.. exchange.Quotas, .. admission.States];
        return admission.Refusal;
    }
}
