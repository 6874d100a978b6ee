using System.Collections.Concurrent;
using System.Text.Json;
using Gateway.Ledger;
using Gateway.Lists;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Path;

/// <summary>
/// Creates happen once. A repetition of a create that is known (<see cref="CreateReplays"/>) gets the first result; a create whose answer was lost on
/// the way is looked for upstream before the client is told that it failed.
/// </summary>
internal sealed class Creates(
    CreateReplays replays, Forwarding forwarding, Owners owners, ILedger ledger, ProviderRegistry registry, TimeProvider time)
{
    /// <summary>Disagreement of clocks that is still believed.</summary>
    private static readonly TimeSpan s_skew = TimeSpan.FromSeconds(5);

    /// <summary>Longest time spent on looking; the client has waited for the create already.</summary>
    private static readonly TimeSpan s_lookLimit = TimeSpan.FromSeconds(3);

    /// <summary>Creates in flight by provider and name: two of the same name cannot be told apart upstream.</summary>
    private readonly ConcurrentDictionary<(string Provider, string Name), int> _inFlight = new();

    public ValueTask<Reply> RunAsync(Plan.Forward plan, Call call, ProviderSettings provider, Exchange exchange, HttpContext http) =>
        replays.RunAsync(call, http, () => CreateAsync(plan, call, provider, exchange, http));

    private async Task<Reply> CreateAsync(Plan.Forward plan, Call call, ProviderSettings provider, Exchange exchange, HttpContext http)
    {
        var name = ((CallBody.NewContainer)call.Body).Spec.Name;
        var started = time.GetUtcNow();
        var key = (provider.Name, name);
        _inFlight.AddOrUpdate(key, 1, (_, count) => count + 1);
        try
        {
            var reply = await forwarding.RunAsync(plan, call, provider, exchange, http);
            return IsLost(reply) && _inFlight.GetValueOrDefault(key) == 1 && !http.RequestAborted.IsCancellationRequested
                ? await FindAsync(call, name, started, provider, exchange, http) ?? reply
                : reply;
        }
        finally
        {
            if (_inFlight.AddOrUpdate(key, 0, (_, count) => count - 1) == 0)
            {
                _inFlight.TryRemove(new KeyValuePair<(string, string), int>(key, 0));
            }
        }
    }

    /// <summary>The request was sent and no answer came back: the connection broke or time ran out.</summary>
    private static bool IsLost(Reply reply) => reply is Reply.Failed
    {
        Error: { UpstreamStatus: null, Kind: ErrorKind.Upstream or ErrorKind.Deadline, Code: "provider_connection_failed" or "request_timed_out" },
    };

    /// <summary>
    /// The one container upstream that has the name, is as young as the request, and that no ledger knows. None or several: nobody can say, and the
    /// error stands.
    /// </summary>
    private async Task<Reply?> FindAsync(
        Call call, string name, DateTimeOffset started, ProviderSettings provider, Exchange exchange, HttpContext http)
    {
        if (exchange.Account is not { } account)
        {
            return null;
        }

        var hasty = provider with
        {
            Network = provider.Network with
            {
                MaxRetries = 0,
                RequestTimeout = provider.Network.RequestTimeout < s_lookLimit ? provider.Network.RequestTimeout : s_lookLimit,
            },
        };
        var list = new Call { Operation = Operation.ContainerList, Provider = provider.Name, Page = new PageQuery { Limit = PageQuery.MaxLimit, Name = name } };
        if (registry.Get(provider).Plan(list) is not Plan.Forward plan
            || await forwarding.SendAsync(plan, list, hasty, [account], exchange.Fork(provider), http) is not Reply.Json json
            || ListPage.Read(json.Body) is not { } page)
        {
            return null;
        }

        var oldest = (started - s_skew).ToUnixTimeSeconds();
        var found = new List<ListItem>();
        foreach (var item in page.Items.Where(item => item.CreatedAt >= oldest && IsNamed(item, name)))
        {
            if ((await ledger.FindAsync(item.Id, http.RequestAborted)).Count == 0)
            {
                found.Add(item);
            }
        }

        if (found.Count != 1)
        {
            return null;
        }

        await owners.RememberAsync(provider.Name, account, found[0].Json, http.RequestAborted);
        return new Reply.Json(found[0].Json);
    }

    private static bool IsNamed(ListItem item, string name)
    {
        using var json = JsonDocument.Parse(item.Json);
        return json.RootElement.TryGetProperty("name", out var value) && value.ValueKind == JsonValueKind.String && value.ValueEquals(name);
    }
}
