namespace Gateway.Providers.Translation;

/// <summary>The disk that all <see cref="Spool"/>s of a provider may take together. Counted as bytes arrive, not as they are promised.</summary>
/// <param name="limit">Bytes.</param>
internal sealed class SpoolSpace(long limit)
{
    private long _used;

    /// <summary>Takes so much; throws <see cref="TranslationRefusedException"/> (503) when it is not there.</summary>
    public void Take(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) > limit)
        {
            Give(bytes);
            throw TranslatedErrors.SpoolFull();
        }
    }

    /// <summary>Gives so much back.</summary>
    public void Give(long bytes) => Interlocked.Add(ref _used, -bytes);
}
