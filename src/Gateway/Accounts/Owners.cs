using System.Collections.Concurrent;
using System.Collections.Immutable;
using Gateway.Ledger;
using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Gateway.Settings;
using Gateway.Upstream;

namespace Gateway.Accounts;

/// <summary>What a search for an owner found.</summary>
internal abstract record OwnerSearch
{
    private OwnerSearch()
    {
    }

    /// <summary>This account answered for the container.</summary>
    /// <param name="Account">The owner; null for a provider without accounts.</param>
    /// <param name="Container">The container as it answered.</param>
    public sealed record Found(Account? Account, Reply.Json Container) : OwnerSearch;

    /// <summary>Nobody has it, or nobody could say.</summary>
    /// <param name="Error">404 only when every account said so; else the error that says most.</param>
    public sealed record NotFound(GatewayError Error) : OwnerSearch;
}

/// <summary>
/// Who owns a container. The ledger says it; when it does not, all accounts are asked side by side, and the answer is remembered. Losing the ledger
/// costs time, never a wrong answer.
/// </summary>
internal sealed class Owners(ILedger ledger, PlanRunner runner, Ownership ownership, TimeProvider time)
{
    /// <summary>Prefix of platform files in the ledger, which share it with containers.</summary>
    public const string FilePrefix = "file:";

    /// <summary>Accounts asked at the same time.</summary>
    private const int MaxParallel = 16;

    /// <summary>How long "nobody has it" is believed.</summary>
    private static readonly TimeSpan s_negative = TimeSpan.FromSeconds(2);

    private const int MaxNegatives = 10_000;

    private readonly ConcurrentDictionary<(string Provider, string Id, string? Tenant, string Revision), DateTimeOffset> _negatives = new();

    /// <summary>The provider that owns the container, for calls that name none; null when it is not known, or known of several.</summary>
    /// <param name="container">Its id.</param>
    /// <param name="tenant">Who asks; another's are not known.</param>
    /// <param name="settings">The configuration.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<string?> ProviderOfAsync(
        string container, Tenant? tenant, GatewaySettings settings, CancellationToken cancellationToken)
    {
        if (!settings.NeedsLedger)
        {
            return null;
        }

        string? known = null;
        foreach (var entry in await ledger.FindAsync(container, tenant.OnlyOwner(), cancellationToken))
        {
            if (entry.Provider != known && settings.Providers.ContainsKey(entry.Provider))
            {
                if (known is not null)
                {
                    return null;
                }

                known = entry.Provider;
            }
        }

        return known;
    }

    /// <summary>
    /// The account the ledger knows as the owner; null when it knows none that is still configured, or the container not as the tenant's.
    /// </summary>
    public async ValueTask<Account?> KnownAsync(ProviderSettings provider, string id, Tenant? tenant, CancellationToken cancellationToken)
    {
        foreach (var entry in await ledger.FindAsync(id, tenant.OnlyOwner(), cancellationToken))
        {
            if (entry.Provider == provider.Name && provider.ByIdentity.TryGetValue(entry.Account, out var account))
            {
                return account;
            }
        }

        return null;
    }

    /// <summary>Asks all accounts for the container.</summary>
    /// <param name="provider">Whose accounts; one without any is asked itself.</param>
    /// <param name="container">The container.</param>
    /// <param name="exchange">Receives the attempts.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<OwnerSearch> SearchAsync(
        ProviderSettings provider, ContainerId container, Exchange exchange, CancellationToken cancellationToken)
    {
        var tenant = exchange.Directives.Caller.Tenant;
        if (Ownership.IsAsked(tenant, provider)
            && await ownership.RefusalAsync(tenant!, provider, container, [], cancellationToken) is { } refusal)
        {
            return new OwnerSearch.NotFound(refusal);
        }

        var key = (provider.Name, container.Value, tenant.OnlyOwner(), exchange.Settings.Revision);
        if (_negatives.TryGetValue(key, out var until) && until > time.GetUtcNow())
        {
            return Missing(container);
        }

        var retrieve = new Call
        {
            Operation = Operation.ContainerRetrieve, Provider = provider.Name, Tenant = tenant, Container = container,
        };
        var answers = await AskAllAsync(provider, retrieve, exchange, cancellationToken);
        if (answers.Find(answer => answer.Reply is Reply.Json) is { Reply: Reply.Json json } found)
        {
            exchange.Adopt(found.Fork);
            if (Ownership.IsLearnt(tenant, provider, exchange.Settings))
            {
                await RememberAsync(
                    provider.Name, found.Account, Ownership.OwnerOf(tenant, provider, isNew: false), json.Body, CancellationToken.None);
            }

            return new OwnerSearch.Found(found.Account, json);
        }

        var errors = answers.Select(answer => answer.Reply).OfType<Reply.Failed>().Select(failed => failed.Error).ToList();
        if (errors.TrueForAll(error => error.Kind == ErrorKind.NotFound))
        {
            RememberMissing(key);
            return errors.Count > 0 ? new OwnerSearch.NotFound(errors[0]) : Missing(container);
        }

        var telling = ErrorRank.MostInformative(errors);
        exchange.Adopt(answers.Find(answer => answer.Reply is Reply.Failed failed && failed.Error == telling)!.Fork);
        return new OwnerSearch.NotFound(telling);
    }

    /// <summary>Notes who answered for a container, and whose it is if that is known.</summary>
    public ValueTask RememberAsync(
        string provider, Account? account, string? owner, ReadOnlyMemory<byte> json, CancellationToken cancellationToken) =>
        JsonIdentity.TryRead(json.Span, out var id, out var createdAt)
            ? ledger.RememberAsync(
                [new LedgerEntry(id, provider, account is null ? "" : AccountIdentity.Of(account), createdAt, owner, Deleted: false)],
                cancellationToken)
            : ValueTask.CompletedTask;

    /// <summary>Whether the answer to a tenant's create is a container of its own: an upstream may answer with one that it made before.</summary>
    public async ValueTask<bool> IsOwnAsync(ProviderSettings provider, Tenant tenant, ReadOnlyMemory<byte> json) =>
        JsonIdentity.TryRead(json.Span, out var id, out _)
        && (await ledger.OwnedAsync(tenant.Id, provider.Name, [id], CancellationToken.None)).Has(id);

    /// <summary>Platform files the call refers to: where it succeeds is where they are.</summary>
    public static ImmutableArray<string> FilesOf(Call call) => call.Body switch
    {
        CallBody.NewContainer { Spec.FileIds: var files } => files,
        CallBody.FileReference { FileId: var file } => [file],
        _ => [],
    };

    /// <summary>Remembers what an answer says about owners.</summary>
    /// <param name="call">What was asked.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="account">The account that answered; null for a provider without accounts.</param>
    /// <param name="reply">Its answer.</param>
    /// <param name="cancellationToken">Ends when the client leaves.</param>
    public async ValueTask LearnAsync(Call call, ProviderSettings provider, Account? account, Reply reply, CancellationToken cancellationToken)
    {
        if (account is not null && reply is Reply.Json && FilesOf(call) is { IsEmpty: false } files && runner.IsForwarded(call, provider))
        {
            await ledger.RememberAsync(
                [.. files.Select(file => new LedgerEntry(FilePrefix + file, provider.Name, AccountIdentity.Of(account), 0, null, Deleted: false))],
                cancellationToken);
        }

        if (call.Operation == Operation.ContainerDelete && reply is (Reply.Json or Reply.Failed { Error.Kind: ErrorKind.NotFound }))
        {
            var id = call.Container!.Value.Value;

            // Not there for this tenant is there for another, maybe.
            if (reply is Reply.Json || call.Tenant.OnlyOwner() is not { } owner
                || (await ledger.OwnedAsync(owner, provider.Name, [id], cancellationToken)).Has(id))
            {
                await ledger.ForgetAsync(id, provider.Name, cancellationToken);
            }
        }
        else if (reply is Reply.Json json && (call.Operation == Operation.ContainerCreate || call.Operation == Operation.ContainerRetrieve))
        {
            await RememberAsync(
                provider.Name, account, Ownership.OwnerOf(call.Tenant, provider, isNew: call.Operation == Operation.ContainerCreate), json.Body,
                cancellationToken);
        }
    }

    private static OwnerSearch.NotFound Missing(ContainerId container) =>
        new(Ownership.Missing(container));

    /// <summary>Asks all accounts side by side, until one has the container: the others, slow ones above all, need not be waited for.</summary>
    private async ValueTask<List<SearchAnswer>> AskAllAsync(
        ProviderSettings provider, Call call, Exchange exchange, CancellationToken cancellationToken)
    {
        Account?[] accounts = provider.Accounts.IsEmpty ? [null] : [.. provider.Accounts];
        var answers = new List<SearchAnswer>(accounts.Length);
        foreach (var batch in accounts.Chunk(MaxParallel))
        {
            using var found = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var asked = batch.Select(account => AskAsync(provider, account, call, Fork(), found.Token)).ToList();
            await foreach (var each in Task.WhenEach(asked))
            {
                if (await each is { Reply: Reply.Json })
                {
                    await found.CancelAsync();
                }
            }

            answers.AddRange(await Task.WhenAll(asked));
            if (found.IsCancellationRequested)
            {
                break;
            }
        }

        foreach (var answer in answers)
        {
            exchange.Note(answer.Fork);
        }

        return answers;

        Exchange Fork()
        {
            var fork = exchange.Fork(provider);
            fork.Call = call;
            return fork;
        }
    }

    private async Task<SearchAnswer> AskAsync(
        ProviderSettings provider, Account? account, Call call, Exchange fork, CancellationToken cancellationToken)
    {
        try
        {
            return new SearchAnswer(account, await runner.RunAsync(call, provider, account is null ? [] : [account], fork, cancellationToken), fork);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // A recipe may end its work this way.
            return new SearchAnswer(account, new Reply.Failed(TransportFailure.ClientLeft.Error), fork);
        }
    }

    private void RememberMissing((string Provider, string Id, string? Tenant, string Revision) key)
    {
        var now = time.GetUtcNow();
        if (_negatives.Count >= MaxNegatives)
        {
            foreach (var (old, until) in _negatives)
            {
                if (until <= now || _negatives.Count >= MaxNegatives)
                {
                    _negatives.TryRemove(old, out _);
                }
            }
        }

        _negatives[key] = now + s_negative;
    }

    private sealed record SearchAnswer(Account? Account, Reply Reply, Exchange Fork);
}
