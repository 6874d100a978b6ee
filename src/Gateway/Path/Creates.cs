using System.Text.Json;
using Gateway.Ledger;
using Gateway.Lists;
using Gateway.Providers.Contract;
using Gateway.Settings;

namespace Gateway.Path;

/// <summary>
/// Creates happen once. A repetition of a create that is known (<see cref="CreateReplays"/>) gets the first result; a create whose answer was lost on
/// the way is looked for upstream before the client is told that it failed, and again before a repetition makes another.
/// </summary>
internal sealed class Creates(
    CreateReplays replays, CreatesByName names, Forwarding forwarding, Owners owners, ILedger ledger, ProviderRegistry registry, AttemptLoop attempts,
    TimeProvider time)
{
    /// <summary>Disagreement of clocks that is still believed.</summary>
    private static readonly TimeSpan s_skew = TimeSpan.FromSeconds(5);

    /// <summary>Longest search; the client waits for it.</summary>
    private static readonly TimeSpan s_search = TimeSpan.FromSeconds(5);

    /// <summary>Pause before the second look: an upstream whose connection broke may still be at work.</summary>
    private static readonly TimeSpan s_secondLook = TimeSpan.FromMilliseconds(500);

    public ValueTask<Reply> RunAsync(Plan.Forward plan, Call call, ProviderSettings provider, Exchange exchange, HttpContext http) =>
        replays.RunAsync(call, http, lost => CreateAsync(plan, call, provider, lost, exchange, http));

    /// <summary>
    /// Creates by a provider's own recipe, which leaves nothing behind when it fails. A client that names its create gets it brought to its end also when
    /// it leaves: its repetition asks for the result.
    /// </summary>
    public ValueTask<Reply> RunAsync(Call call, HttpContext http, Func<CancellationToken, ValueTask<Reply>> create) => replays.RunAsync(
        call, http,
        async _ => new CreateOutcome(await create(CreateReplays.IsNamed(http) ? CancellationToken.None : http.RequestAborted), Lost: null));

    private async Task<CreateOutcome> CreateAsync(
        Plan.Forward plan, Call call, ProviderSettings provider, LostCreate? earlier, Exchange exchange, HttpContext http)
    {
        var name = ((CallBody.NewContainer)call.Body).Spec.Name;
        var started = time.GetUtcNow();
        names.Begin(provider.Name, name);
        try
        {
            if (earlier is not null && await FindAsync(call, name, earlier, provider, exchange, http) is { } late)
            {
                return new CreateOutcome(late, null);
            }

            var reply = await forwarding.RunAsync(plan, call, provider, exchange, http);
            if (reply is Reply.Json json && JsonIdentity.TryRead(json.Body.Span, out var id, out _))
            {
                names.Note(provider.Name, id);
            }

            if (!IsLost(reply) || exchange.Account is not { } account)
            {
                return new CreateOutcome(reply, null);
            }

            var lost = new LostCreate(account, started);
            if (reply is Reply.Failed { Error.Kind: ErrorKind.Cancelled })
            {
                // Nobody waits for it; whoever repeats it looks first.
                return new CreateOutcome(reply, lost);
            }

            return await FindAsync(call, name, lost, provider, exchange, http) is { } found
                ? new CreateOutcome(found, null)
                : new CreateOutcome(reply, lost);
        }
        finally
        {
            names.End(provider.Name, name);
        }
    }

    /// <summary>The request was sent and no answer came back: the connection broke, time ran out, or the client left.</summary>
    private static bool IsLost(Reply reply) => reply is Reply.Failed
    {
        Error:
        {
            UpstreamStatus: null, Kind: ErrorKind.Upstream or ErrorKind.Deadline or ErrorKind.Cancelled,
            Code: "provider_connection_failed" or "request_timed_out" or "request_cancelled",
        },
    };

    private async Task<Reply?> FindAsync(
        Call call, string name, LostCreate lost, ProviderSettings provider, Exchange exchange, HttpContext http)
    {
        using var limit = new CancellationTokenSource(s_search, time);
        try
        {
            var (isAnswered, found) = await LookAsync(call, name, lost, provider, exchange, http, limit.Token);
            if (isAnswered && found is null)
            {
                await Task.Delay(s_secondLook, time, limit.Token);
                (_, found) = await LookAsync(call, name, lost, provider, exchange, http, limit.Token);
            }

            return found;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>
    /// The one container upstream that has the name, is as young as the request, and that nobody else was given. None or several, or another create of
    /// the name under way: nobody can say, and the error stands. A second look makes sense when the upstream has answered that there is none.
    /// </summary>
    private async Task<(bool IsAnswered, Reply? Found)> LookAsync(
        Call call, string name, LostCreate lost, ProviderSettings provider, Exchange exchange, HttpContext http, CancellationToken cancellationToken)
    {
        var list = new Call
        {
            Operation = Operation.ContainerList, Provider = call.Provider, Page = new PageQuery { Limit = PageQuery.MaxLimit, Name = name },
        };
        if (!names.IsAlone(provider.Name, name) || registry.Get(provider).Plan(list) is not Plan.Forward plan)
        {
            return (IsAnswered: false, null);
        }

        var fork = exchange.Fork(provider);
        var result = await attempts.RunAsync(plan.Hop, provider, [lost.Account], fork, http, cancellationToken);
        exchange.Note(fork);

        // Those that began after the list cannot be in it; those that ended before are known by their ids.
        if (result is not HopResult.Answered answered || plan.Receive(answered.Answer) is not Reply.Json json
            || ListPage.Read(json.Body) is not { } page || !names.IsAlone(provider.Name, name))
        {
            return (IsAnswered: false, null);
        }

        var oldest = (lost.Started - s_skew).ToUnixTimeSeconds();
        var unknown = new List<ListItem>();
        foreach (var item in page.Items.Where(item => item.CreatedAt >= oldest && IsNamed(item, name)))
        {
            if (!names.IsAnswered(provider.Name, item.Id) && (await ledger.FindAsync(item.Id, cancellationToken)).Count == 0)
            {
                unknown.Add(item);
            }
        }

        if (unknown is not [var only] || !names.Note(provider.Name, only.Id))
        {
            return (IsAnswered: unknown.Count == 0, null);
        }

        await owners.RememberAsync(provider.Name, lost.Account, only.Json, CancellationToken.None);
        return (IsAnswered: true, new Reply.Json(only.Json));
    }

    private static bool IsNamed(ListItem item, string name)
    {
        using var json = JsonDocument.Parse(item.Json);
        return json.RootElement.TryGetProperty("name", out var value) && value.ValueKind == JsonValueKind.String && value.ValueEquals(name);
    }
}

/// <summary>How a create ended.</summary>
/// <param name="Reply">The answer.</param>
/// <param name="Lost">Set when its container may exist all the same.</param>
internal sealed record CreateOutcome(Reply Reply, LostCreate? Lost);
