using Gateway.Providers.Sandbox;

namespace Gateway.Providers.Local;

/// <summary>The bytes of all files, those on their way in included. Bytes are taken before they are written, so that the limit holds at any time.</summary>
internal sealed class LocalStoreQuota(long limit, long used)
{
    private long _used = used;

    /// <summary>Bytes taken.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Takes bytes, or throws <see cref="SandboxRefusedException"/> (413) and takes none.</summary>
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
