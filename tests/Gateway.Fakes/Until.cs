namespace Gateway.Fakes;

/// <summary>Waits for what another process does by looking again and again, within a limit.</summary>
public static class Until
{
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan limit, string otherwise)
    {
        using var over = new CancellationTokenSource(limit);
        while (!await condition())
        {
            if (over.IsCancellationRequested)
            {
                throw new TimeoutException(otherwise);
            }

            await Task.Delay(50, CancellationToken.None);
        }
    }

    public static Task TrueAsync(Func<bool> condition, TimeSpan limit, string otherwise) =>
        TrueAsync(() => Task.FromResult(condition()), limit, otherwise);
}
