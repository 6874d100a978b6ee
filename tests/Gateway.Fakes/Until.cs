namespace Gateway.Fakes;

/// <summary>Waits for what others bring about. No test is about how long that takes: only what never happens fails.</summary>
public static class Until
{
    /// <summary>What takes this long hangs, on any machine.</summary>
    public static readonly TimeSpan Hung = TimeSpan.FromMinutes(1);

    /// <summary>Looks again and again until the condition holds.</summary>
    /// <exception cref="TimeoutException">It never does.</exception>
    public static async Task TrueAsync(Func<Task<bool>> condition, string otherwise)
    {
        using var over = new CancellationTokenSource(Hung);
        while (!await condition())
        {
            if (over.IsCancellationRequested)
            {
                throw new TimeoutException(otherwise);
            }

            await Task.Delay(20, CancellationToken.None);
        }
    }

    /// <inheritdoc cref="TrueAsync(Func{Task{bool}}, string)"/>
    public static Task TrueAsync(Func<bool> condition, string otherwise) => TrueAsync(() => Task.FromResult(condition()), otherwise);
}
