namespace Gateway.Fakes;

/// <summary>A wall clock that stands still until it is moved; timers run as ever.</summary>
internal sealed class ManualTime : TimeProvider
{
    private readonly DateTimeOffset _start = DateTimeOffset.UtcNow;
    private TimeSpan _passed;

    public void Advance(TimeSpan by) => _passed += by;

    public override DateTimeOffset GetUtcNow() => _start + _passed;
}
