using System.Collections.Concurrent;

namespace Gateway.Providers.Local;

/// <summary>
/// Bytes whose rows are gone: removed when there is time for it, and again as long as that fails. Their quota is given back when they are gone.
/// </summary>
internal sealed class LocalRemovals(LocalStoreDirectory directory, LocalStoreQuota quota)
{
    private readonly ConcurrentQueue<LocalBlob> _waiting = [];
    private readonly ConcurrentQueue<string> _done = [];

    /// <summary>Adds bytes.</summary>
    public void Add(IReadOnlyList<LocalBlob> blobs)
    {
        foreach (var blob in blobs)
        {
            _waiting.Enqueue(blob);
        }
    }

    /// <summary>Removes what waits; what fails waits for the next time. Blocks.</summary>
    public void RemoveNow()
    {
        for (var left = _waiting.Count; left > 0 && _waiting.TryDequeue(out var blob); left--)
        {
            if (directory.DeleteBlob(blob.Name))
            {
                quota.Return(blob.Room);
                _done.Enqueue(blob.Name);
            }
            else
            {
                _waiting.Enqueue(blob);
            }
        }
    }

    /// <summary>What is gone and still noted as to be removed; for one caller at a time.</summary>
    public string[] Done() => [.. _done];

    /// <summary>As many of <see cref="Done"/>, the oldest, are no longer noted.</summary>
    public void Forget(int count)
    {
        for (; count > 0; count--)
        {
            _done.TryDequeue(out _);
        }
    }
}
