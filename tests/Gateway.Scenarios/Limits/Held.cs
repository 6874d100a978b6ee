using Gateway.Fakes;

namespace Gateway.Scenarios.Limits;

/// <summary>Requests that an upstream does not answer until it is told to.</summary>
internal sealed class Held : IAsyncDisposable
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FakeOpenAI _upstream;
    private int _arrived;

    public Held(FakeOpenAI upstream)
    {
        _upstream = upstream;
        upstream.Intercept = async http =>
        {
            Interlocked.Increment(ref _arrived);
            await _released.Task.WaitAsync(http.RequestAborted);
            return false;
        };
    }

    /// <summary>Waits until so many have come.</summary>
    public Task UntilAsync(int requests) => Until.TrueAsync(() => Volatile.Read(ref _arrived) >= requests, "The request does not get there.");

    public void Release() => _released.TrySetResult();

    public ValueTask DisposeAsync()
    {
        _upstream.Intercept = null;
        Release();
        return ValueTask.CompletedTask;
    }
}
