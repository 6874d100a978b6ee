using System.Collections.Immutable;
using Gateway.Settings;

namespace Gateway.Limits;

/// <summary>A number of requests in a window, for everybody in a scope together.</summary>
/// <param name="Scope">Who shares it: a kind, a colon and the configured id, such as <c>team:research</c>.</param>
/// <param name="Owner">The same in words for a client, who may know no names but its own.</param>
/// <param name="Requests">Most requests in a window, at least 1.</param>
/// <param name="Window">Length of the window, at least a second; it begins with the first request after the last one.</param>
internal sealed record RequestQuota(string Scope, string Owner, int Requests, TimeSpan Window)
{
    /// <summary>What its count is kept under: an edit of the number goes on counting, one of the window begins anew.</summary>
    public (string Scope, TimeSpan Window) Key => (Scope, Window);
}

/// <summary>A number of calls at a time, for everybody in a scope together.</summary>
/// <param name="Scope">As of a <see cref="RequestQuota"/>.</param>
/// <param name="Owner">As of a <see cref="RequestQuota"/>.</param>
/// <param name="Calls">Most calls at a time, at least 1.</param>
internal sealed record CallQuota(string Scope, string Owner, int Calls);

/// <summary>What bounds a caller's requests; all of it, or nothing, is taken for each.</summary>
/// <param name="Root">The widest scope among them: what instances count under this lies on one node of a Redis cluster.</param>
/// <param name="Requests">Requests in windows.</param>
/// <param name="Calls">Calls at a time.</param>
internal sealed record CallerLimits(string Root, ImmutableArray<RequestQuota> Requests, ImmutableArray<CallQuota> Calls)
{
    /// <summary>No limit.</summary>
    public static readonly CallerLimits None = new("", [], []);

    private const string ThisKey = "this virtual key";

    /// <summary>Whether there is no limit.</summary>
    public bool IsEmpty => Requests.IsEmpty && Calls.IsEmpty;

    /// <summary>What bounds requests of a key, wherever they go: its own limits, its team's and its customer's.</summary>
    public static CallerLimits Of(ClientKey key)
    {
        var (own, team, customer) = ($"key:{key.Id}", $"team:{key.Team?.Id}", $"customer:{key.Customer?.Id}");
        var requests = ImmutableArray.CreateBuilder<RequestQuota>();
        var calls = ImmutableArray.CreateBuilder<CallQuota>();
        Add(requests, own, ThisKey, key.RateLimit);
        Add(requests, team, "the team of this virtual key", key.Team?.RateLimit);
        Add(requests, customer, "the customer of this virtual key", key.Customer?.RateLimit);
        if (key.Rights.Limits.MaxConcurrentCalls is { } ofKey)
        {
            calls.Add(new CallQuota(own, ThisKey, ofKey));
        }

        if (key.Team?.MaxConcurrentCalls is { } ofTeam)
        {
            calls.Add(new CallQuota(team, "the team of this virtual key", ofTeam));
        }

        return requests.Count + calls.Count == 0 ? None : new CallerLimits(RootOf(key), requests.ToImmutable(), calls.ToImmutable());
    }

    /// <summary>What bounds requests of a key at some providers.</summary>
    public static CallerLimits Of(ClientKey key, IEnumerable<string> providers)
    {
        if (key.Rights.Providers is not { } allowed)
        {
            return None;
        }

        var requests = ImmutableArray.CreateBuilder<RequestQuota>();
        foreach (var provider in providers)
        {
            Add(requests, $"key:{key.Id}@{provider}", $"{ThisKey} at provider '{provider}'", allowed.GetValueOrDefault(provider)?.RateLimit);
        }

        return requests.Count == 0 ? None : new CallerLimits(RootOf(key), requests.ToImmutable(), []);
    }

    /// <summary>Everything that bounds a key, for what shall be kept of it.</summary>
    public static IEnumerable<CallerLimits> Everything(ClientKey key) => [Of(key), Of(key, key.Rights.Providers?.Keys ?? [])];

    private static string RootOf(ClientKey key) =>
        key.Customer is { } customer ? $"customer:{customer.Id}" : key.Team is { } team ? $"team:{team.Id}" : $"key:{key.Id}";

    private static void Add(ImmutableArray<RequestQuota>.Builder quotas, string scope, string owner, RateLimit? rate)
    {
        if (rate is not null)
        {
            quotas.Add(new RequestQuota(scope, owner, rate.Requests, rate.Window));
        }
    }
}
