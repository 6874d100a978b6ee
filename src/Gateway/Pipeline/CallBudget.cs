namespace Gateway.Pipeline;

/// <summary>
/// The time that all requests of one call wait for the upstream together. What passes between them, such as a client's slow upload, does not count,
/// nor do bodies that flow.
/// </summary>
/// <param name="total">How long.</param>
internal sealed class CallBudget(TimeSpan total)
{
    private long _used;

    /// <summary>What is left; never negative.</summary>
    public TimeSpan Remaining
    {
        get
        {
            var left = total - TimeSpan.FromTicks(Interlocked.Read(ref _used));
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }

    /// <summary>Takes what a request, or a pause between two, has used.</summary>
    public void Spend(TimeSpan time) => Interlocked.Add(ref _used, time.Ticks);
}
