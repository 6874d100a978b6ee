using System.Collections.Immutable;
using Gateway.Ledger;
using Gateway.Path;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Lists;

/// <summary>Lists over several accounts, of one provider or of several: exact in order and paging, honest about what is missing.</summary>
internal sealed class MergedLists(ProviderRegistry registry, AttemptLoop attempts, AccountHealth health, Owners owners, ILedger ledger)
{
    private const string StrictHeader = "x-bf-strict";

    /// <summary>Steps back over deleted containers when looking for a place to continue from.</summary>
    private const int MaxSteps = 8;

    public async ValueTask<Reply> RunAsync(Call call, Exchange exchange, HttpContext http)
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

        ListPlace? behind = null;
        if (call.Page.After is { } after)
        {
            behind = await PlaceOfAsync(after, providers, exchange, http);
            if (behind is null)
            {
                return new Reply.Failed(GatewayError.Invalid($"after: no container with id '{after}' is known", "after", "invalid_value"));
            }
        }

        var parts = await PartsAsync(call, providers, behind, exchange, http);
        return await MergeAsync(call, parts, exchange, http);
    }

    private async ValueTask<Reply> MergeAsync(Call call, IReadOnlyList<ListPart> parts, Exchange exchange, HttpContext http)
    {
        var page = await ListMerge.RunAsync([.. parts.Select(part => part.Source)], call.Page.Limit, call.Page.Order, http.RequestAborted);
        foreach (var part in parts)
        {
            exchange.Join(part.Fork, answered: false);
        }

        var missing = parts.Where(part => part.Source.Error is not null)
            .Select(part => new MissingPart(part.Provider.Name, part.Account?.Name, part.Source.Error!)).ToList();
        if (missing.Count > 0 && (missing.Count == parts.Count || IsStrict(http, exchange.Settings)))
        {
            return new Reply.Failed(ErrorRank.MostInformative([.. missing.Select(part => part.Error)]));
        }

        exchange.Missing = missing;
        await LearnAsync(parts, page, http.RequestAborted);
        return new Reply.Json(page.ToJson());
    }

    private static bool IsStrict(HttpContext http, GatewaySettings settings) =>
        http.Request.Headers[StrictHeader].ToString().ToLowerInvariant() switch
        {
            "true" => true,
            "false" => false,
            _ => settings.Client.StrictLists,
        };

    /// <summary>
    /// The place of an id in the order. The ledger knows it even when the container is gone; otherwise whoever has the container says it.
    /// </summary>
    private async ValueTask<ListPlace?> PlaceOfAsync(
        string after, ImmutableArray<ProviderSettings> providers, Exchange exchange, HttpContext http)
    {
        foreach (var entry in await ledger.FindAsync(after, http.RequestAborted))
        {
            if (entry.CreatedAt > 0 && providers.Any(provider => provider.Name == entry.Provider))
            {
                return new ListPlace(entry.CreatedAt, after);
            }
        }

        if (!ContainerId.TryParse(after, out var id, out _))
        {
            return null;
        }

        foreach (var provider in providers)
        {
            var found = provider.Accounts.Length > 0
                ? await owners.SearchAsync(provider, id, exchange, http) is OwnerSearch.Found { Container: var container } ? container : null
                : await RetrieveAsync(provider, id, http) as Reply.Json;
            if (found is not null && JsonIdentity.TryRead(found.Body.Span, out _, out var createdAt))
            {
                return new ListPlace(createdAt, after);
            }
        }

        return null;
    }

    private ValueTask<Reply> RetrieveAsync(ProviderSettings provider, ContainerId id, HttpContext http)
    {
        var call = new Call { Operation = Operation.ContainerRetrieve, Provider = provider.Name, Container = id };
        return registry.Get(provider).Plan(call) is Plan.Run run
            ? run.Recipe(call, NoUpstream.Instance, http.RequestAborted)
            : ValueTask.FromResult<Reply>(new Reply.Failed(GatewayError.Unsupported(call.Operation, provider.Name)));
    }

    private async ValueTask<List<ListPart>> PartsAsync(
        Call call, ImmutableArray<ProviderSettings> providers, ListPlace? behind, Exchange exchange, HttpContext http)
    {
        var parts = new List<ListPart>();
        foreach (var provider in providers)
        {
            Account?[] accounts = provider.Accounts.IsEmpty ? [null] : [.. provider.Accounts];
            foreach (var account in accounts)
            {
                var fork = exchange.Fork(provider);
                var cursor = behind is { } place ? await CursorAsync(provider, account, place, call.Page.Order, http.RequestAborted) : null;
                var size = Math.Min(call.Page.Limit + 1, PageQuery.MaxLimit);
                var start = cursor;
                parts.Add(new ListPart(
                    provider, account, fork,
                    new ListSource(
                        (limit, after, token) => FetchAsync(call, provider, account, limit, after, mayRestart: after is not null && after == start, fork, http),
                        call.Page.Order, behind, cursor, size)));
            }
        }

        return parts;
    }

    /// <summary>A container of the account that stands surely in front of the place: what is behind it contains all that is behind the place.</summary>
    private async ValueTask<string?> CursorAsync(
        ProviderSettings provider, Account? account, ListPlace place, ListOrder order, CancellationToken cancellationToken)
    {
        var time = place.CreatedAt;
        for (var step = 0; step < MaxSteps; step++)
        {
            var entry = await ledger.NearestAsync(
                provider.Name, account is null ? "" : AccountIdentity.Of(account), time, order == ListOrder.Descending, cancellationToken);
            if (entry is not { Deleted: true })
            {
                return entry?.Id;
            }

            time = entry.CreatedAt;
        }

        return null;
    }

    private async ValueTask<ListFetch> FetchAsync(
        Call call, ProviderSettings provider, Account? account, int limit, string? after, bool mayRestart, Exchange fork, HttpContext http)
    {
        if (provider.Unavailable is { } reason)
        {
            return new ListFetch(null, ProviderSet.Unavailable(provider.Name, reason));
        }

        if (account is not null && health.OutageOf(provider.Name, account) is { } outage)
        {
            return new ListFetch(null, Out(account, health.Until(outage)));
        }

        var part = call with { Provider = provider.Name, Page = call.Page with { Limit = limit, After = after } };
        var reply = registry.Get(provider).Plan(part) switch
        {
            Plan.Forward forward when account is not null =>
                await attempts.RunAsync(forward.Hop, provider, [account], fork, http, http.RequestAborted) switch
                {
                    HopResult.Answered answered => forward.Receive(answered.Answer),
                    HopResult.Failed failed => new Reply.Failed(failed.Error),
                    _ => Reply.Streamed.Instance,
                },
            Plan.Run run => await run.Recipe(part, NoUpstream.Instance, http.RequestAborted),
            _ => new Reply.Failed(GatewayError.Unsupported(call.Operation, provider.Name)),
        };
        return reply switch
        {
            Reply.Json json when ListPage.Read(json.Body) is { } page => new ListFetch(page, null),

            // The container to continue behind is gone upstream; the beginning is always right, only longer.
            Reply.Failed { Error.Kind: ErrorKind.Caller or ErrorKind.NotFound } when mayRestart =>
                await FetchAsync(call, provider, account, limit, null, mayRestart: false, fork, http),
            Reply.Failed failed => new ListFetch(null, failed.Error),
            _ => new ListFetch(null, GatewayError.BadUpstream(
                $"the list of provider {provider.Name} could not be read", code: "provider_invalid_response")),
        };
    }

    private static GatewayError Out(Account account, TimeSpan wait) => new()
    {
        Kind = ErrorKind.Quota,
        Status = 503,
        Type = "server_error",
        Code = "no_healthy_account",
        Message = $"account {account.Name} is out",
        RetryAfter = wait,
    };

    /// <summary>Lists teach owners.</summary>
    private ValueTask LearnAsync(IReadOnlyList<ListPart> parts, MergedPage page, CancellationToken cancellationToken)
    {
        var shown = page.Items.Select(item => item.Id).ToHashSet();
        var entries = parts.SelectMany(part => part.Source.Seen.Where(item => shown.Contains(item.Id)).Select(item => new LedgerEntry(
            item.Id, part.Provider.Name, part.Account is null ? "" : AccountIdentity.Of(part.Account), item.CreatedAt, null, Deleted: false))).ToList();
        return entries.Count > 0 ? ledger.RememberAsync(entries, cancellationToken) : ValueTask.CompletedTask;
    }

    /// <summary>One account's part of a merged list.</summary>
    private sealed record ListPart(ProviderSettings Provider, Account? Account, Exchange Fork, ListSource Source);

    /// <summary>For providers inside the gateway, which have no network.</summary>
    private sealed class NoUpstream : IUpstream
    {
        public static readonly NoUpstream Instance = new();

        public ValueTask<HopResult> SendAsync(Hop hop, CancellationToken cancellationToken) =>
            throw new InvalidOperationException("A provider without accounts has no upstream.");
    }
}
