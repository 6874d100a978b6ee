using Gateway.Accounts;
using Gateway.Cache;
using Gateway.Creates;
using Gateway.Lists;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Pipeline;

/// <summary>From a call to its reply: finds the provider, then lets lists go through the cache, writes invalidate it, creates happen once.</summary>
internal sealed class Dispatcher(CallRunner runner, ContainerCreation creation, MergedLists lists, CachedLists cached)
{
    /// <summary>Answers a call.</summary>
    public ValueTask<Reply> DispatchAsync(Call call, Exchange exchange)
    {
        exchange.StartUpstream();
        return Find(call, exchange) is { } refusal ? ValueTask.FromResult<Reply>(new Reply.Failed(refusal)) : call.Operation switch
        {
            { Shape: ResponseShape.List } => ListAsync(call, exchange),
            { Effect: Effect.Write } => WriteAsync(call, exchange),
            _ => RunAsync(call, exchange),
        };
    }

    /// <summary>The provider that serves the call, or why none does. A list may mean several; each of them is looked at there.</summary>
    private static GatewayError? Find(Call call, Exchange exchange)
    {
        if (ProviderSet.IsSeveral(call.Provider))
        {
            return null;
        }

        var refusal = ProviderSet.Refusal(call.Provider, call.Operation, exchange.Settings, out var provider);
        if (refusal is null && provider is not null)
        {
            exchange.Served = provider;
            exchange.EchoRequest = exchange.Directives.EchoRequest ?? provider.SendBackRawRequest;
            exchange.EchoResponse = exchange.Directives.EchoResponse ?? provider.SendBackRawResponse;
        }

        return refusal;
    }

    private ValueTask<Reply> WriteAsync(Call call, Exchange exchange) =>
        cached.InvalidatingAsync(call, exchange, () => RunAsync(call, exchange));

    private async ValueTask<Reply> ListAsync(Call call, Exchange exchange) =>
        MergedLists.ApplyStrictMode(await cached.RunAsync(call, exchange, within => RunAsync(call, within)), exchange);

    private ValueTask<Reply> RunAsync(Call call, Exchange exchange) =>
        exchange.Served is not { } provider || IsMerged(call, provider, exchange) ? lists.RunAsync(call, exchange)
        : call.Operation == Operation.ContainerCreate ? CreateAsync(call, provider, exchange)
        : runner.RunAsync(call, provider, exchange);

    private static bool IsMerged(Call call, ProviderSettings provider, Exchange exchange) =>
        call.Operation == Operation.ContainerList
        && ((provider.Accounts.Length > 1 && exchange.Directives.Pin is null) || Ownership.IsAsked(call.Tenant, provider));

    private ValueTask<Reply> CreateAsync(Call call, ProviderSettings provider, Exchange exchange) => creation.RunAsync(call, new CreateSteps(
        provider, exchange,
        () => runner.RunAsync(call, provider, exchange),
        made => runner.RetrieveAsync(made.Id, made.Account, provider, exchange)));
}
