using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Surface;
using Gateway.Upstream;

namespace Gateway.Path;

/// <summary>From a call to its reply: finds the provider, lets it plan, and carries the plan out.</summary>
internal sealed class Dispatcher(ProviderRegistry registry, AttemptLoop attempts)
{
    public async ValueTask<Reply> RunAsync(Call call, Exchange exchange, HttpContext http)
    {
        if (Refusal(call, exchange.Settings, out var provider) is { } refusal)
        {
            return new Reply.Failed(refusal);
        }

        exchange.Served = provider;
        RawEcho.Decide(http, exchange, provider);
        exchange.StartUpstream();
        try
        {
            return await RunAsync(registry.Get(provider!).Plan(call), call, provider!, exchange, http);
        }
        finally
        {
            exchange.EndUpstream();
        }
    }

    private async ValueTask<Reply> RunAsync(Plan plan, Call call, ProviderSettings provider, Exchange exchange, HttpContext http)
    {
        switch (plan)
        {
            case Plan.Forward forward:
                return await attempts.RunAsync(forward.Hop, provider, exchange, http, Delivery.Client, http.RequestAborted) switch
                {
                    HopResult.Answered answered => forward.Receive(answered.Answer),
                    HopResult.Failed failed => new Reply.Failed(Guarded(failed.Error, forward.Hop)),
                    _ => Reply.Streamed.Instance,
                };
            case Plan.Run run:
                return await run.Recipe(call, new RecipeUpstream(attempts, provider, exchange, http), http.RequestAborted);
            default:
                return new Reply.Failed(GatewayError.Unsupported(call.Operation, call.Provider));
        }
    }

    /// <summary>A create whose answer was lost may have worked; an SDK that repeats it by itself would make a second one.</summary>
    private static GatewayError Guarded(GatewayError error, Hop hop) =>
        hop.Repeat == Repeat.Never && error.Kind is (ErrorKind.Upstream or ErrorKind.Deadline) ? error with { Repeatable = false } : error;

    private static GatewayError? Refusal(Call call, GatewaySettings settings, out ProviderSettings? provider)
    {
        if (!settings.Providers.TryGetValue(call.Provider, out provider))
        {
            return ProviderCatalog.KnownNames.Contains(call.Provider) && !ProviderCatalog.TryFind(call.Provider, out _)
                ? GatewayError.Unsupported(call.Operation, call.Provider)
                : GatewayError.Invalid("failed to get config for provider: not found", "provider", "provider_not_found");
        }

        if (provider.AllowedOperations?.Contains(call.Operation) == false)
        {
            return GatewayError.Unsupported(call.Operation, call.Provider);
        }

        return provider.Unavailable is not { } reason ? null : new GatewayError
        {
            Kind = ErrorKind.Credential,
            Status = 503,
            Type = "server_error",
            Code = "provider_unavailable",
            Message = $"provider {provider.Name} is not available: {reason}",
            Repeatable = false,
        };
    }
}
