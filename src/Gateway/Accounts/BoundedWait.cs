using Gateway.Providers.Contract;

namespace Gateway.Accounts;

/// <summary>A bound on asking somebody whose answer the call can do without.</summary>
internal sealed class BoundedWait : IDisposable
{
    private readonly CancellationTokenSource _limit;
    private readonly CancellationTokenSource _either;
    private readonly CancellationToken _caller;

    /// <param name="limit">How long; <see cref="Timeout.InfiniteTimeSpan"/> for as long as it takes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="caller">Ends the wait, too.</param>
    public BoundedWait(TimeSpan limit, TimeProvider time, CancellationToken caller)
    {
        _limit = new CancellationTokenSource(limit, time);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_limit.Token, caller);
        _caller = caller;
    }

    /// <summary>Ends the asking.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>Whether the time, and not the caller, has ended it.</summary>
    public bool IsOver => _limit.IsCancellationRequested && !_caller.IsCancellationRequested;

    /// <summary>What is known of a provider that did not answer within the time.</summary>
    public static GatewayError Silent(string provider) => new()
    {
        Kind = ErrorKind.Deadline,
        Status = 504,
        Type = "request_timed_out",
        Code = "request_timed_out",
        Message = $"provider {provider} did not answer in the time that others wait for it",
    };

    public void Dispose()
    {
        _either.Dispose();
        _limit.Dispose();
    }
}
