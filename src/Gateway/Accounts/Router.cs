using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Gateway.Ledger;
using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Accounts;

/// <summary>Sends a one-hop plan to the account that must, or may, answer it: the pinned one, the owner, or one drawn by weight.</summary>
internal sealed class Router(Owners owners, ILedger ledger, AccountHealth health, AttemptLoop attempts, Random random)
{
    /// <summary>Prefix of platform files in the ledger, which share it with containers.</summary>
    private const string FilePrefix = "file:";

    public ValueTask<Reply> RunAsync(Plan.Forward plan, Call call, ProviderSettings provider, Exchange exchange, HttpContext http)
    {
        var pinned = Pin.Of(http, provider, out var error);
        if (error is not null)
        {
            return ValueTask.FromResult<Reply>(new Reply.Failed(error));
        }

        var route = RouteAsync(call, provider, pinned, http.RequestAborted);
        return route.IsCompletedSuccessfully
            ? FollowAsync(route.Result, plan, call, provider, exchange, http)
            : FollowAsync(route, plan, call, provider, exchange, http);
    }

    /// <summary>Where a call goes and why; asks nobody upstream.</summary>
    public ValueTask<AccountRoute> RouteAsync(Call call, ProviderSettings provider, Account? pinned, CancellationToken cancellationToken)
    {
        // A single account is the owner of whatever there is; asking it is never wrong, well or not.
        AccountRoute? known = pinned is not null ? new AccountRoute([pinned], RouteReason.Pinned)
            : provider.Accounts.IsEmpty ? new AccountRoute([], RouteReason.NoAccounts)
            : call.Container is not null && provider.Accounts.Length == 1 ? new AccountRoute(provider.Accounts, RouteReason.OnlyAccount)
            : call.Operation == Operation.ContainerList && provider.Accounts.Length > 1 ? new AccountRoute(provider.Accounts, RouteReason.Merged)
            : null;
        return known is { } route ? ValueTask.FromResult(route) : LookUpAsync(call, provider, cancellationToken);
    }

    private async ValueTask<AccountRoute> LookUpAsync(Call call, ProviderSettings provider, CancellationToken cancellationToken)
    {
        if (call.Container is { } container)
        {
            return await owners.KnownAsync(provider, container.Value, cancellationToken) is { } owner
                ? new AccountRoute([owner], RouteReason.Owner)
                : new AccountRoute(provider.Accounts, RouteReason.OwnerUnknown);
        }

        var preferred = provider.Accounts.Length > 1 ? await PreferredAsync(call, provider, cancellationToken) : null;
        var kind = HopKinds.Of(call.Operation);
        var order = AccountChooser.Order(
            provider.Accounts, account => health.OutageOf(provider.Name, account, kind)?.Until, preferred?.Id, random.NextDouble);
        return new AccountRoute(
            order,
            provider.Accounts.Length == 1 ? RouteReason.OnlyAccount
                : preferred is not null && order[0] == preferred ? RouteReason.HoldsFile
                : RouteReason.Weighted);
    }

    private async ValueTask<Reply> FollowAsync(
        ValueTask<AccountRoute> route, Plan.Forward plan, Call call, ProviderSettings provider, Exchange exchange, HttpContext http) =>
        await FollowAsync(await route, plan, call, provider, exchange, http);

    private ValueTask<Reply> FollowAsync(
        AccountRoute route, Plan.Forward plan, Call call, ProviderSettings provider, Exchange exchange, HttpContext http) =>
        route.Reason == RouteReason.OwnerUnknown ? SearchAsync(plan, call, provider, exchange, http)
        : SendAsync(plan, call, provider, route, exchange, http);

    /// <summary>Sends to these accounts and learns from the answer.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<Reply> SendAsync(
        Plan.Forward plan, Call call, ProviderSettings provider, AccountRoute route, Exchange exchange, HttpContext http)
    {
        var result = await attempts.RunAsync(plan.Request, provider, route.Accounts, exchange, http, http.RequestAborted);
        if (result is UpstreamResult.Answered { MayHaveActedBefore: true } repeated && await WasKnownAsync(call, provider))
        {
            result = repeated.AfterDelete();
        }

        var reply = result switch
        {
            UpstreamResult.Answered answered => answered.Response.Error is { } error ? new Reply.Failed(error) : plan.Receive(answered.Response),
            UpstreamResult.Failed failed => new Reply.Failed(Guarded(failed.Error, plan.Request)),
            _ => Reply.Streamed.Instance,
        };
        // A retrieve that the ledger itself has sent to the owner has nothing new to tell it.
        var isNews = route.Reason != RouteReason.Owner || call.Operation != Operation.ContainerRetrieve;
        if (isNews && exchange.Settings.NeedsLedger && exchange.Account is { } account)
        {
            // Also for a client that has left: its container exists all the same.
            await LearnAsync(call, provider, account, reply, CancellationToken.None);
        }

        return reply;
    }

    /// <summary>Whether the ledger knew the container that a call deletes. Nobody knows a file.</summary>
    private async ValueTask<bool> WasKnownAsync(Call call, ProviderSettings provider) =>
        call.Operation == Operation.ContainerDelete
        && (await ledger.FindAsync(call.Container!.Value.Value, CancellationToken.None)).Any(entry => entry.Provider == provider.Name && !entry.Deleted);

    private static GatewayError Guarded(GatewayError error, UpstreamRequest request) =>
        // A create whose answer was lost may have worked; an SDK that repeats it by itself would make a second one.
        request.Idempotency == Idempotency.Never && error.Kind is (ErrorKind.Upstream or ErrorKind.Deadline) ? error with { Retryable = false } : error;

    private async ValueTask<Reply> SearchAsync(Plan.Forward plan, Call call, ProviderSettings provider, Exchange exchange, HttpContext http) =>
        await owners.SearchAsync(provider, call.Container!.Value, exchange, http) switch
        {
            OwnerSearch.Found found when call.Operation == Operation.ContainerRetrieve => found.Container,
            OwnerSearch.Found found => await SendAsync(plan, call, provider, new AccountRoute([found.Account], RouteReason.Owner), exchange, http),
            OwnerSearch.NotFound missing => new Reply.Failed(missing.Error),
            _ => throw new InvalidOperationException("A search ends in two ways."),
        };

    /// <summary>Platform files the call refers to: where it succeeds is where they are.</summary>
    private static ImmutableArray<string> FilesOf(Call call) => call.Body switch
    {
        CallBody.NewContainer { Spec.FileIds: var files } => files,
        CallBody.FileReference { FileId: var file } => [file],
        _ => [],
    };

    /// <summary>The account known to hold the files a create refers to, or null.</summary>
    private async ValueTask<Account?> PreferredAsync(Call call, ProviderSettings provider, CancellationToken cancellationToken)
    {
        foreach (var file in FilesOf(call))
        {
            if (await owners.KnownAsync(provider, FilePrefix + file, cancellationToken) is { } account)
            {
                return account;
            }
        }

        return null;
    }

    /// <summary>Remembers what an answer says about owners.</summary>
    /// <param name="call">What was asked.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="account">The account that answered; null for a provider without accounts.</param>
    /// <param name="reply">Its answer.</param>
    /// <param name="cancellationToken">Ends when the client leaves.</param>
    public async ValueTask LearnAsync(Call call, ProviderSettings provider, Account? account, Reply reply, CancellationToken cancellationToken)
    {
        if (account is not null && reply is Reply.Json && FilesOf(call) is { IsEmpty: false } files)
        {
            await ledger.RememberAsync(
                [.. files.Select(file => new LedgerEntry(FilePrefix + file, provider.Name, AccountIdentity.Of(account), 0, null, Deleted: false))],
                cancellationToken);
        }

        if (call.Operation == Operation.ContainerDelete && reply is (Reply.Json or Reply.Failed { Error.Kind: ErrorKind.NotFound }))
        {
            await ledger.ForgetAsync(call.Container!.Value.Value, provider.Name, cancellationToken);
        }
        else if (reply is Reply.Json json && (call.Operation == Operation.ContainerCreate || call.Operation == Operation.ContainerRetrieve))
        {
            await owners.RememberAsync(provider.Name, account, json.Body, cancellationToken);
        }
    }
}
