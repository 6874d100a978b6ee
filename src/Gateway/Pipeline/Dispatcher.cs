using Gateway.Accounts;
using Gateway.Api;
using Gateway.Cache;
using Gateway.Creates;
using Gateway.Lists;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Pipeline;

/// <summary>From a call to its reply: finds the provider, asks the list cache, lets the provider plan, carries the plan out, touches what was changed.</summary>
internal sealed class Dispatcher(
    ProviderRegistry registry, Router router, ContainerCreation creation, MergedLists lists, CachedLists cached, AttemptLoop attempts,
    FileOwners owners)
{
    public ValueTask<Reply> RunAsync(Call call, Exchange exchange, HttpContext http)
    {
        exchange.StartUpstream();
        ProviderSettings? provider = null;
        if (!ProviderSet.IsSeveral(call.Provider))
        {
            if (ProviderSet.Refusal(call.Provider, call.Operation, exchange.Settings, out provider) is { } refusal)
            {
                return ValueTask.FromResult<Reply>(new Reply.Failed(refusal));
            }

            exchange.Served = provider;
            RawEcho.Decide(http, exchange, provider);
        }

        return call.Operation switch
        {
            { Shape: ResponseShape.List } => ListAsync(call, provider, exchange, http),
            { Effect: Effect.Write } => WriteAsync(call, provider, exchange, http),
            _ => RunAsync(call, provider, exchange, http),
        };
    }

    private async ValueTask<Reply> ListAsync(Call call, ProviderSettings? provider, Exchange exchange, HttpContext http) =>
        MergedLists.ApplyStrictMode(await cached.RunAsync(call, exchange, http, (book, request) => RunAsync(call, provider, book, request)), exchange, http);

    private async ValueTask<Reply> WriteAsync(Call call, ProviderSettings? provider, Exchange exchange, HttpContext http)
    {
        Reply? reply = null;
        try
        {
            return reply = await RunAsync(call, provider, exchange, http);
        }
        finally
        {
            await cached.InvalidateAsync(call, exchange, reply);
        }
    }

    private ValueTask<Reply> RunAsync(Call call, ProviderSettings? provider, Exchange exchange, HttpContext http) => provider is null
        ? lists.RunAsync(call, exchange, http)
        : RunAsync(registry.Get(provider).Plan(call), call, provider, exchange, http);

    private ValueTask<Reply> RunAsync(Plan plan, Call call, ProviderSettings provider, Exchange exchange, HttpContext http) => plan switch
    {
        not Plan.Unsupported when call.Operation == Operation.ContainerCreate => CreateAsync(plan, call, provider, exchange, http),
        Plan.Forward when call.Operation == Operation.ContainerList && provider.Accounts.Length > 1 && !Pin.IsSet(http) =>
            lists.RunAsync(call, exchange, http),
        Plan.Forward forward => router.RunAsync(forward, call, provider, exchange, http),
        Plan.Run run => RunAsync(run.Recipe, call, provider, exchange, http, http.RequestAborted),
        _ => ValueTask.FromResult<Reply>(new Reply.Failed(GatewayError.Unsupported(call.Operation, call.Provider))),
    };

    private ValueTask<Reply> CreateAsync(Plan plan, Call call, ProviderSettings provider, Exchange exchange, HttpContext http) =>
        creation.RunAsync(call, new CreateSteps(
            provider, exchange, http,
            () => plan is Plan.Run run
                ? RunAsync(run.Recipe, call, provider, exchange, http, CancellationToken.None)
                : router.RunAsync((Plan.Forward)plan, call, provider, exchange, http),
            made => RetrieveAsync(made, provider, exchange, http)));

    private ValueTask<Reply> RetrieveAsync(KeptResult made, ProviderSettings provider, Exchange exchange, HttpContext http)
    {
        var retrieve = new Call { Operation = Operation.ContainerRetrieve, Provider = provider.Name, Container = made.Id };
        return registry.Get(provider).Plan(retrieve) switch
        {
            Plan.Forward forward when provider.ByIdentity.TryGetValue(made.Account, out var owner) =>
                router.SendAsync(forward, retrieve, provider, new AccountRoute([owner], RouteReason.Owner), exchange, http),
            var plan => RunAsync(plan, retrieve, provider, exchange, http),
        };
    }

    private async ValueTask<Reply> RunAsync(
        Recipe recipe, Call call, ProviderSettings provider, Exchange exchange, HttpContext http, CancellationToken cancellationToken)
    {
        var reply = await recipe(call, new RecipeUpstream(attempts, provider, exchange, http, owners), cancellationToken);
        if (exchange.Settings.NeedsLedger)
        {
            // Also for a client that has left: its container exists all the same.
            await router.LearnAsync(call, provider, provider.Accounts.FirstOrDefault(), reply, CancellationToken.None);
        }

        return reply;
    }
}
