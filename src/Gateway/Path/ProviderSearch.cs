using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Path;

/// <summary>
/// Finds the provider of a container that a call names without one. The ledger says it; when it does not (it was lost, or another instance has made the
/// container a moment ago), the surface's default is asked first, then all others side by side. As with accounts, not knowing costs time, never a wrong answer.
/// </summary>
internal sealed class ProviderSearch(Owners owners, ProviderRegistry registry, Forwarding forwarding, AccountHealth health, AttemptLoop attempts)
{
    /// <summary>The provider, or the fallback when nobody else has the container; with an error when one of the others could not say.</summary>
    /// <param name="container">The container.</param>
    /// <param name="fallback">The surface's default, or null.</param>
    /// <param name="exchange">Receives the attempts.</param>
    /// <param name="http">The request.</param>
    public async ValueTask<(string? Provider, GatewayError? Error)> RunAsync(
        ContainerId container, string? fallback, Exchange exchange, HttpContext http)
    {
        if (exchange.Settings.Providers.Count == 1 && fallback is not null && exchange.Settings.Providers.ContainsKey(fallback))
        {
            return (fallback, null);
        }

        if (await owners.ProviderOfAsync(container.Value, exchange.Settings, http.RequestAborted) is { } owner)
        {
            return (owner, null);
        }

        var others = exchange.Settings.Providers.Values.Where(provider => provider.Name != fallback && CanSay(provider)).ToList();
        if (others.Count == 0 || Pin.IsSet(http))
        {
            return (fallback, null);
        }

        exchange.StartUpstream();
        if (fallback is not null && exchange.Settings.Providers.TryGetValue(fallback, out var first) && CanSay(first))
        {
            var answer = await AskAsync(first, container, exchange, http, http.RequestAborted);
            exchange.Note(answer.Fork);
            if (answer.HasIt)
            {
                return (fallback, null);
            }
        }

        var answers = await AskAllAsync(others, container, exchange, http);
        if (answers.Find(answer => answer.HasIt) is { } found)
        {
            return (found.Provider.Name, null);
        }

        // The default speaks for itself when the call gets there; another one that could not say may be the one that has it.
        var unsure = answers.Where(answer => answer.Error is { Kind: not ErrorKind.NotFound }).ToList();
        if (unsure.Count == 0)
        {
            return (fallback, null);
        }

        var error = ErrorRank.MostInformative([.. unsure.Select(answer => answer.Error!)]);
        var telling = unsure.Find(answer => answer.Error == error)!;
        exchange.Adopt(telling.Fork);
        exchange.Served = telling.Provider;
        return (telling.Provider.Name, error);
    }

    private static bool CanSay(ProviderSettings provider) =>
        provider.Unavailable is null && provider.AllowedOperations?.Contains(Operation.ContainerRetrieve) != false;

    /// <summary>Asks side by side, until one has it.</summary>
    private async Task<List<Answer>> AskAllAsync(List<ProviderSettings> providers, ContainerId container, Exchange exchange, HttpContext http)
    {
        using var found = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var asked = providers.ConvertAll(provider => AskAsync(provider, container, exchange, http, found.Token));
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

    private async Task<Answer> AskAsync(
        ProviderSettings provider, ContainerId container, Exchange exchange, HttpContext http, CancellationToken cancellationToken)
    {
        var fork = exchange.Fork(provider);
        if (!provider.Accounts.IsEmpty && provider.Accounts.All(account => health.OutageOf(provider.Name, account) is not null))
        {
            // Known to be of no use: ids that nobody has must not wait for it again and again.
            return new Answer(provider, fork, HasIt: false, forwarding.AllOut(provider));
        }

        var call = new Call { Operation = Operation.ContainerRetrieve, Provider = provider.Name, Container = container };
        if (registry.Get(provider).Plan(call) is not Plan.Run run)
        {
            var search = await owners.SearchAsync(provider, container, fork, http, cancellationToken);
            return new Answer(provider, fork, search is OwnerSearch.Found, (search as OwnerSearch.NotFound)?.Error);
        }

        var reply = await run.Recipe(call, new RecipeUpstream(attempts, provider, fork, http), cancellationToken);
        if (reply is Reply.Json json)
        {
            await owners.RememberAsync(provider.Name, provider.Accounts.FirstOrDefault(), json.Body, CancellationToken.None);
        }

        return new Answer(provider, fork, reply is Reply.Json, (reply as Reply.Failed)?.Error);
    }

    private sealed record Answer(ProviderSettings Provider, Exchange Fork, bool HasIt, GatewayError? Error);
}
