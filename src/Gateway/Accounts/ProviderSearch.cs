using System.Collections.Concurrent;
using Gateway.Pipeline;
using Gateway.Providers;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Accounts;

/// <summary>
/// Finds the provider of a container that a call names without one. The ledger says it; when it does not (it was lost, or another instance has made
/// the container a moment ago), the surface's default is asked first, and when it has no such container all others side by side. These may only
/// answer that they have it: their failure changes nothing in the default's answer, and a silent one holds it up for a short time only.
/// </summary>
internal sealed class ProviderSearch(Owners owners, TimeProvider time)
{
    /// <summary>How long another provider is waited for.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    /// <summary>How long one is waited for that was silent lately; one that is back answers within it.</summary>
    private static readonly TimeSpan s_patienceWithSilent = TimeSpan.FromMilliseconds(250);

    /// <summary>How long silence is remembered.</summary>
    private static readonly TimeSpan s_memory = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _silentUntil = new();

    /// <summary>The provider, or the fallback when nobody else has the container; with an error when the default could not say.</summary>
    /// <param name="container">The container.</param>
    /// <param name="fallback">The surface's default, or null.</param>
    /// <param name="exchange">Receives the attempts, and who could not say.</param>
    public async ValueTask<(string? Provider, GatewayError? Error)> RunAsync(
        ContainerId container, string? fallback, Exchange exchange)
    {
        var providers = exchange.Settings.Providers;
        if (providers.Count == 1 && fallback is not null && providers.ContainsKey(fallback))
        {
            return (fallback, null);
        }

        if (await owners.ProviderOfAsync(
            container.Value, exchange.Directives.Caller.Tenant, exchange.Settings, exchange.Aborted) is { } owner)
        {
            return (owner, null);
        }

        var others = providers.Values.Where(provider => provider.Name != fallback && MayBeAsked(provider)).ToList();
        if (others.Count == 0 || exchange.Directives.Pin is not null)
        {
            return (fallback, null);
        }

        exchange.StartUpstream();
        if (fallback is not null && providers.TryGetValue(fallback, out var first) && first.Unavailable is null && MayBeAsked(first))
        {
            var answer = await AskAsync(first, container, Timeout.InfiniteTimeSpan, exchange, exchange.Aborted);
            exchange.Note(answer.Fork);
            if (answer.HasIt)
            {
                return (fallback, null);
            }

            if (answer.Failure is { } failure)
            {
                exchange.Adopt(answer.Fork);
                exchange.Served = first;
                return (fallback, failure);
            }
        }

        var answers = await AskAllAsync(others, container, exchange);
        if (answers.Find(answer => answer.HasIt) is { } found)
        {
            return (found.Provider.Name, null);
        }

        // The default speaks for itself when the call gets there.
        exchange.Unasked = [.. answers.Where(answer => answer.Failure is not null)
            .Select(answer => new MissingPart(answer.Provider.Name, null, answer.Failure!))];
        return (fallback, null);
    }

    private static bool MayBeAsked(ProviderSettings provider) => provider.AllowedOperations?.Contains(Operation.ContainerRetrieve) != false;

    /// <summary>Asks side by side, until one has it.</summary>
    private async Task<List<Answer>> AskAllAsync(List<ProviderSettings> providers, ContainerId container, Exchange exchange)
    {
        using var found = CancellationTokenSource.CreateLinkedTokenSource(exchange.Aborted);
        var asked = providers.ConvertAll(provider => AskAsync(provider, container, PatienceWith(provider), exchange, found.Token));
        await foreach (var each in Task.WhenEach(asked))
        {
            if ((await each).HasIt)
            {
                await found.CancelAsync();
            }
        }

        List<Answer> answers = [.. await Task.WhenAll(asked)];
        foreach (var answer in answers)
        {
            exchange.Note(answer.Fork);
        }

        return answers;
    }

    private TimeSpan PatienceWith(ProviderSettings provider) =>
        _silentUntil.TryGetValue(provider.Name, out var until) && until > time.GetUtcNow() ? s_patienceWithSilent : s_patience;

    private async Task<Answer> AskAsync(
        ProviderSettings provider, ContainerId container, TimeSpan patience, Exchange exchange, CancellationToken cancellationToken)
    {
        var fork = exchange.Fork(provider);
        if (provider.Unavailable is { } reason)
        {
            return new Answer(provider, fork, HasIt: false, ProviderSet.Unavailable(provider.Name, reason));
        }

        using var wait = new BoundedWait(patience, time, cancellationToken);
        try
        {
            var (hasIt, error) = await AskAsync(provider, container, fork, wait.Token);
            if (hasIt || !wait.IsOver)
            {
                _silentUntil.TryRemove(provider.Name, out _);
                return new Answer(provider, fork, hasIt, error);
            }
        }
        catch (OperationCanceledException) when (wait.IsOver)
        {
            // A recipe may end its work this way.
        }

        _silentUntil[provider.Name] = time.GetUtcNow() + s_memory;
        return new Answer(provider, fork, HasIt: false, BoundedWait.Silent(provider.Name));
    }

    private async Task<(bool HasIt, GatewayError? Error)> AskAsync(
        ProviderSettings provider, ContainerId container, Exchange fork, CancellationToken cancellationToken)
    {
        var search = await owners.SearchAsync(provider, container, fork, cancellationToken);
        return (search is OwnerSearch.Found, (search as OwnerSearch.NotFound)?.Error);
    }

    /// <summary>What a provider says to a container's id.</summary>
    /// <param name="Provider">The provider.</param>
    /// <param name="Fork">Its attempts.</param>
    /// <param name="HasIt">Whether it has the container.</param>
    /// <param name="Error">Why not, or why it cannot say.</param>
    private sealed record Answer(ProviderSettings Provider, Exchange Fork, bool HasIt, GatewayError? Error)
    {
        /// <summary>Why it cannot say. An id that it does not know and one that it does not accept are both none of its own.</summary>
        public GatewayError? Failure => Error is { Kind: not (ErrorKind.NotFound or ErrorKind.Caller or ErrorKind.Conflict) } ? Error : null;
    }
}
