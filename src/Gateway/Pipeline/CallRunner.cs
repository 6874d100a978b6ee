using System.Runtime.CompilerServices;
using Gateway.Accounts;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Pipeline;

/// <summary>Takes a call to the account that must, or may, answer it, whatever the provider's plan for it is, and learns from the reply.</summary>
internal sealed class CallRunner(Router router, PlanRunner runner, Owners owners, Ownership ownership)
{
    /// <summary>Answers a call of one provider.</summary>
    public ValueTask<Reply> RunAsync(Call call, ProviderSettings provider, Exchange exchange)
    {
        GatewayError? error = null;
        var pinned = exchange.Directives.Pin?.Of(provider, out error);
        if (error is not null)
        {
            return ValueTask.FromResult<Reply>(new Reply.Failed(error));
        }

        return Ownership.IsAsked(call.Tenant, provider)
            ? GuardedAsync(call, provider, pinned, known: null, exchange)
            : RouteAsync(call, provider, pinned, exchange);
    }

    private ValueTask<Reply> RouteAsync(Call call, ProviderSettings provider, Account? pinned, Exchange exchange)
    {
        var route = router.RouteAsync(call, provider, pinned, exchange.Aborted);
        return route.IsCompletedSuccessfully ? FollowAsync(route.Result, call, provider, exchange) : FollowAsync(route, call, provider, exchange);
    }

    /// <summary>Answers a call on the accounts of a route, and learns from the answer.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> RunAsync(Call call, ProviderSettings provider, AccountRoute route, Exchange exchange)
    {
        var reply = await runner.RunAsync(call, provider, route.Accounts, exchange, exchange.Aborted);

        // A retrieve that the ledger itself has sent to the owner has nothing new to tell it.
        var isNews = route.Reason != RouteReason.Owner || call.Operation != Operation.ContainerRetrieve;
        if (isNews && Ownership.IsLearnt(call.Tenant, provider, exchange.Settings))
        {
            // Also for a client that has left: its container exists all the same.
            await owners.LearnAsync(call, provider, exchange.Account, reply, CancellationToken.None);
            if (call.Operation == Operation.ContainerCreate && Ownership.IsAsked(call.Tenant, provider) && reply is Reply.Json made
                && !await owners.IsOwnAsync(provider, call.Tenant!, made.Body))
            {
                return new Reply.Failed(GatewayError.BadUpstream(
                    $"provider {provider.Name} answered the create with a container that existed before",
                    StatusCodes.Status200OK, "invalid_upstream_response"));
            }
        }

        return reply;
    }

    /// <summary>Asks the account that has made a container for it.</summary>
    /// <param name="container">The container.</param>
    /// <param name="account">The account's identity; one that is configured no longer is looked for.</param>
    /// <param name="provider">Its provider.</param>
    /// <param name="exchange">Receives the trail.</param>
    public ValueTask<Reply> RetrieveAsync(ContainerId container, string account, ProviderSettings provider, Exchange exchange)
    {
        var retrieve = new Call
        {
            Operation = Operation.ContainerRetrieve, Provider = provider.Name, Tenant = exchange.Directives.Caller.Tenant, Container = container,
        };
        if (!provider.ByIdentity.TryGetValue(account, out var owner))
        {
            return RunAsync(retrieve, provider, exchange);
        }

        var route = new AccountRoute([owner], RouteReason.Owner);
        return Ownership.IsAsked(retrieve.Tenant, provider)
            ? GuardedAsync(retrieve, provider, pinned: null, route, exchange)
            : RunAsync(retrieve, provider, route, exchange);
    }

    /// <summary>Lets a call reach the provider when what it is about is its tenant's; else it is answered as if there were nothing.</summary>
    private async ValueTask<Reply> GuardedAsync(
        Call call, ProviderSettings provider, Account? pinned, AccountRoute? known, Exchange exchange) =>
        await ownership.RefusalAsync(call.Tenant!, provider, call.Container, Owners.FilesOf(call), exchange.Aborted) is { } refusal
            ? new Reply.Failed(refusal)
            : known is { } route ? await RunAsync(call, provider, route, exchange)
            : await RouteAsync(call, provider, pinned, exchange);

    private async ValueTask<Reply> FollowAsync(ValueTask<AccountRoute> route, Call call, ProviderSettings provider, Exchange exchange) =>
        await FollowAsync(await route, call, provider, exchange);

    private ValueTask<Reply> FollowAsync(AccountRoute route, Call call, ProviderSettings provider, Exchange exchange) =>
        route.Reason == RouteReason.OwnerUnknown ? SearchAsync(call, provider, exchange) : RunAsync(call, provider, route, exchange);

    private async ValueTask<Reply> SearchAsync(Call call, ProviderSettings provider, Exchange exchange) =>
        await owners.SearchAsync(provider, call.Container!.Value, exchange, exchange.Aborted) switch
        {
            OwnerSearch.Found found when call.Operation == Operation.ContainerRetrieve => found.Container,
            OwnerSearch.Found found => await RunAsync(call, provider, new AccountRoute([found.Account!], RouteReason.Owner), exchange),
            OwnerSearch.NotFound missing => new Reply.Failed(missing.Error),
            _ => throw new InvalidOperationException("A search ends in two ways."),
        };
}
