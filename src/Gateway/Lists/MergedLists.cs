using System.Collections.Immutable;
using Gateway.Accounts;
using Gateway.Ledger;
using Gateway.Pipeline;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Lists;

/// <summary>Lists over several accounts, of one provider or of several: exact in order and paging, honest about what is missing.</summary>
internal sealed class MergedLists(PlanRunner runner, AccountHealth health, Owners owners, Ownership ownership, ILedger ledger, TimeProvider time)
{
    /// <summary>Steps back over deleted containers when looking for a place to continue from.</summary>
    private const int MaxSteps = 8;

    /// <summary>How long an account that fails is waited for while others are well.</summary>
    private static readonly TimeSpan s_patienceWithFailing = TimeSpan.FromSeconds(2);

    /// <summary>Items behind a cursor that the client has seen, when no two are of the same second.</summary>
    private const int ShownBefore = 2;

    public async ValueTask<Reply> RunAsync(Call call, Exchange exchange)
    {
        if (call.Operation != Operation.ContainerList)
        {
            return new Reply.Failed(GatewayError.Invalid("provider must name one provider", "provider", "invalid_value"));
        }

        var providers = ProviderSet.Resolve(call.Provider, exchange.Settings, out var error);
        if (error is not null)
        {
            return new Reply.Failed(error);
        }

        var accounts = AccountsOf(providers, exchange.Directives.Pin, out error);
        if (error is not null)
        {
            return new Reply.Failed(error);
        }

        ListPlace? behind = null;
        if (call.Page.After is { } after)
        {
            (behind, error) = await PlaceOfAsync(after, providers, exchange);
            if (error is not null)
            {
                return new Reply.Failed(error);
            }
        }

        var failing = accounts.Where(each => each.Account is not null
            && health.OutageOf(each.Provider.Name, each.Account, OperationKind.Read, call.Tenant?.Id) is not null).ToHashSet();
        var parts = await Task.WhenAll(accounts.Select(each => PartAsync(
            call, each.Provider, each.Account, behind,
            failing.Count < accounts.Count && failing.Contains(each) ? s_patienceWithFailing : Timeout.InfiniteTimeSpan, exchange)));
        return await MergeAsync(call, parts, exchange);
    }

    private async ValueTask<Reply> MergeAsync(Call call, IReadOnlyList<ListPart> parts, Exchange exchange)
    {
        var page = await ListMerge.RunAsync([.. parts.Select(part => part.Source)], call.Page.Limit, call.Page.Order, exchange.Aborted);
        foreach (var part in parts)
        {
            exchange.Note(part.Fork);
        }

        var missing = parts.Where(part => part.Source.Error is not null)
            .Select(part => new MissingPart(part.Provider.Name, part.Account?.Name, part.Source.Error!)).ToList();
        if (missing.Count > 0 && missing.Count == parts.Count)
        {
            return Refused(missing);
        }

        exchange.Missing = missing;
        await LearnAsync(parts, page, call.Tenant, exchange.Aborted);
        return new Reply.Json(page.ToJson());
    }

    /// <summary>
    /// Refuses a list with missing parts to a caller who wants all or nothing. Apart from the list, which others may want as it is.
    /// </summary>
    public static Reply ApplyStrictMode(Reply reply, Exchange exchange) =>
        reply is Reply.Json && exchange.Missing.Count > 0 && IsStrict(exchange) ? Refused(exchange.Missing) : reply;

    private static Reply.Failed Refused(IReadOnlyList<MissingPart> missing) =>
        new(ErrorRank.MostInformative([.. missing.Select(part => part.Error)]));

    private static bool IsStrict(Exchange exchange) => exchange.Directives.Strict ?? exchange.Settings.Client.StrictLists;

    /// <summary>The accounts to read: all, or those that the client pins.</summary>
    private static List<(ProviderSettings Provider, Account? Account)> AccountsOf(
        ImmutableArray<ProviderSettings> providers, Pin? pin, out GatewayError? error)
    {
        error = null;
        var accounts = new List<(ProviderSettings, Account?)>();
        foreach (var provider in providers)
        {
            if (pin is null)
            {
                accounts.AddRange(
                    provider.Accounts.IsEmpty ? [(provider, null)] : provider.Accounts.Select(account => (provider, (Account?)account)));
            }
            else if (pin.Of(provider, out var unknown) is { } pinned)
            {
                accounts.Add((provider, pinned));
            }
            else
            {
                error ??= unknown;
            }
        }

        // A key of one of several providers is a key that is known.
        error = accounts.Count > 0 ? null : error;
        return accounts;
    }

    /// <summary>
    /// The place of an id in the order. The ledger knows it even when the container is gone; otherwise whoever has the container says it.
    /// </summary>
    private async ValueTask<(ListPlace? ListPosition, GatewayError? Error)> PlaceOfAsync(
        string after, ImmutableArray<ProviderSettings> providers, Exchange exchange)
    {
        foreach (var entry in await ledger.FindAsync(after, exchange.Directives.Caller.Tenant.OnlyOwner(), exchange.Aborted))
        {
            if (entry.CreatedAt > 0 && providers.Any(provider => provider.Name == entry.Provider))
            {
                return (new ListPlace(entry.CreatedAt, after), null);
            }
        }

        var errors = new List<GatewayError>();
        if (ContainerId.TryParse(after, out var id, out _))
        {
            foreach (var provider in providers.Where(provider => provider.Unavailable is null))
            {
                var reply = await SearchAsync(provider, id, exchange);
                if (reply is Reply.Json found && JsonIdentity.TryRead(found.Body.Span, out _, out var createdAt))
                {
                    return (new ListPlace(createdAt, after), null);
                }

                if (reply is Reply.Failed { Error: { Kind: not ErrorKind.NotFound } error })
                {
                    errors.Add(error);
                }
            }
        }

        // An account that could not say may be the one that has it.
        return (null, errors.Count > 0
            ? ErrorRank.MostInformative(errors)
            : GatewayError.Invalid($"after: no container with id '{after}' is known", "after", "invalid_value"));
    }

    private async ValueTask<Reply> SearchAsync(ProviderSettings provider, ContainerId id, Exchange exchange) =>
        await owners.SearchAsync(provider, id, exchange, exchange.Aborted) switch
        {
            OwnerSearch.Found found => found.Container,
            OwnerSearch.NotFound missing => new Reply.Failed(missing.Error),
            _ => throw new InvalidOperationException("A search ends in two ways."),
        };

    private async Task<ListPart> PartAsync(
        Call call, ProviderSettings provider, Account? account, ListPlace? behind, TimeSpan patience, Exchange exchange)
    {
        var fork = exchange.Fork(provider);
        var cursor = behind is { } place ? await CursorAsync(provider, account, place, call.Page.Order, exchange.Aborted) : null;

        // One more than asked for tells whether there is more; behind a cursor come items that were shown before.
        // Of an account's list a tenant may see little.
        var size = Ownership.IsAsked(call.Tenant, provider) ? PageQuery.MaxLimit
            : Math.Min(call.Page.Limit + 1 + (cursor is null ? 0 : ShownBefore), PageQuery.MaxLimit);
        return new ListPart(
            provider, account, fork,
            new ListSource(
                (limit, after, token) => FetchAsync(call, provider, account, limit, after, patience, fork), call.Page.Order, behind, cursor, size)
            {
                Group = provider.Name,
            });
    }

    /// <summary>
    /// A container of the account that stands surely in front of the place, with another one between: what is behind it contains all that is behind
    /// the place, and is not empty unless the account no longer knows it.
    /// </summary>
    private async ValueTask<string?> CursorAsync(
        ProviderSettings provider, Account? account, ListPlace place, ListOrder order, CancellationToken cancellationToken)
    {
        var at = place.CreatedAt;
        var isBetween = false;
        for (var step = 0; step < MaxSteps; step++)
        {
            var entry = await ledger.NearestAsync(
                provider.Name, account is null ? "" : AccountIdentity.Of(account), at, order == ListOrder.Descending, cancellationToken);
            if (entry is null || (isBetween && !entry.Deleted))
            {
                return entry?.Id;
            }

            isBetween |= !entry.Deleted;
            at = entry.CreatedAt;
        }

        return null;
    }

    private async ValueTask<ListFetch> FetchAsync(
        Call call, ProviderSettings provider, Account? account, int limit, string? after, TimeSpan patience, Exchange fork)
    {
        if (provider.Unavailable is { } reason)
        {
            return new ListFetch(null, ProviderSet.Unavailable(provider.Name, reason));
        }

        using var wait = new BoundedWait(patience, time, fork.Aborted);
        var part = call with { Provider = provider.Name, Page = call.Page with { Limit = limit, After = after } };
        var reply = await runner.RunAsync(part, provider, account is null ? [] : [account], fork, wait.Token);
        return reply switch
        {
            Reply.Json json when ListPage.Read(json.Body) is { } page => await OwnAsync(page, call.Tenant, provider, fork),
            Reply.Failed when wait.IsOver => new ListFetch(null, BoundedWait.Silent(provider.Name)),
            Reply.Failed failed => new ListFetch(null, failed.Error),
            _ => new ListFetch(null, GatewayError.BadUpstream(
                $"the list of provider {provider.Name} could not be read", code: "invalid_upstream_response")),
        };
    }

    /// <summary>Those of a page that the tenant may see.</summary>
    private async ValueTask<ListFetch> OwnAsync(ListPage page, Tenant? tenant, ProviderSettings provider, Exchange fork)
    {
        if (!Ownership.IsAsked(tenant, provider) || page.Items.Count == 0)
        {
            return new ListFetch(page, null);
        }

        // A page without an owner for each of its items would be a shorter list, which is a wrong one.
        return await ownership.OwnedAsync(tenant!, provider, [.. page.Items.Select(item => item.Id)], fork.Aborted) is { } owned
            ? new ListFetch(page, null) { Visible = [.. page.Items.Where(item => owned.Has(item.Id))] }
            : new ListFetch(null, Ownership.Unknown);
    }

    /// <summary>Lists teach owners.</summary>
    private ValueTask LearnAsync(IReadOnlyList<ListPart> parts, MergedPage page, Tenant? tenant, CancellationToken cancellationToken)
    {
        var shown = page.Items.Select(item => item.Id).ToHashSet();
        var entries = parts.SelectMany(part => part.Source.Seen.Where(item => shown.Contains(item.Id)).Select(item => new LedgerEntry(
                item.Id, part.Provider.Name, part.Account is null ? "" : AccountIdentity.Of(part.Account), item.CreatedAt,
                Ownership.OwnerOf(tenant, part.Provider, isNew: false), Deleted: false)))
            .DistinctBy(entry => (entry.Id, entry.Provider)).ToList();
        return entries.Count > 0 ? ledger.RememberAsync(entries, cancellationToken) : ValueTask.CompletedTask;
    }

    /// <summary>One account's part of a merged list.</summary>
    private sealed record ListPart(ProviderSettings Provider, Account? Account, Exchange Fork, ListSource Source);
}
