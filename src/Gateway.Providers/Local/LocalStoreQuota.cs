namespace Gateway.Providers.Local;

/// <summary>
/// The bytes of all files, those that have arrived of uploads included, and what rows count (<see cref="LocalRoom"/>). Bytes are taken before they
/// are written, so that the limit holds at any time; and never before they are there, so that a promise keeps nobody else out.
/// </summary>
internal sealed class LocalStoreQuota(long limit, long used)
{
    private long _used = used;

    /// <summary>Bytes taken.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>
    /// Throws <see cref="Gateway.Providers.Translation.TranslationRefusedException"/> (413) when so many do not fit now. Takes none.
    /// </summary>
    public void Demand(long bytes)
    {
        if (bytes > limit - Used)
        {
            throw LocalErrors.QuotaExceeded(limit, Used);
        }
    }

    /// <summary>Takes bytes, or throws <see cref="Gateway.Providers.Translation.TranslationRefusedException"/> (413) and takes none.</summary>
    public void Take(long bytes)
    {
        var taken = Used;
        while (true)
        {
            if (bytes > limit - taken)
            {
                throw LocalErrors.QuotaExceeded(limit, taken);
            }

            var seen = Interlocked.CompareExchange(ref _used, taken + bytes, taken);
            if (seen == taken)
            {
                return;
            }

            taken = seen;
        }
    }

    /// <summary>Gives bytes back.</summary>
    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}
