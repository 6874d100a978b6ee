using System.Collections.Concurrent;
using Gateway.Providers.Contract;

namespace Gateway.Providers.Translation;

/// <summary>When containers were last used. The truth is with the containers; here is what this instance has seen of it.</summary>
internal sealed class Leases(TimeProvider time)
{
    /// <summary>A create that has not come to its end after this never will, in milliseconds.</summary>
    private const long MaxCreation = 60 * 60_000;

    private readonly ConcurrentDictionary<string, Seen> _seen = new();

    /// <summary>Unix milliseconds.</summary>
    public long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Counts as a use: throws when the idle time is over, and otherwise notes the use if that has not just been done.</summary>
    public async ValueTask UseAsync(ILeased container, CancellationToken cancellationToken)
    {
        if (await StateAsync(container, cancellationToken) != LeaseState.Alive)
        {
            throw TranslatedErrors.Expired();
        }

        var now = NowMs;
        if (_seen.TryGetValue(container.Key, out var seen) && now - seen.LastUseMs < Lease.Throttle)
        {
            return;
        }

        await container.NoteUseAsync(now, cancellationToken);
        Saw(container, now, now);
    }

    /// <summary>
    /// Where a container is in its idle time. Reads the note when what is known says that it is over: another instance may know better.
    /// </summary>
    public async ValueTask<LeaseState> StateAsync(ILeased container, CancellationToken cancellationToken)
    {
        var now = NowMs;
        if (_seen.TryGetValue(container.Key, out var seen))
        {
            if (Lease.At(seen.LastUseMs, container.IdleMinutes, now) is LeaseState.Alive)
            {
                return LeaseState.Alive;
            }

            if (Lease.At(seen.LastUseMs, container.IdleMinutes, seen.ReadMs) is not LeaseState.Alive)
            {
                // It was over when it was read, and nobody revives what is over.
                return Lease.At(seen.LastUseMs, container.IdleMinutes, now);
            }
        }

        var lastUse = Math.Max(container.CreatedMs, await container.ReadUseAsync(cancellationToken) ?? 0);
        Saw(container, lastUse, now);
        return Lease.At(lastUse, container.IdleMinutes, now);
    }

    /// <summary>A use has been noted, or read.</summary>
    public void Saw(ILeased container, long lastUseMs, long readMs) => _seen[container.Key] = new Seen(lastUseMs, readMs);

    /// <summary>What is known here without asking: the last use, and whether the idle time was over when that was read.</summary>
    public (long? LastUseMs, bool IsOver) Known(ILeased container) =>
        _seen.TryGetValue(container.Key, out var seen)
            ? (seen.LastUseMs, Lease.At(seen.LastUseMs, container.IdleMinutes, seen.ReadMs) is not LeaseState.Alive)
            : (null, false);

    /// <summary>
    /// Removes containers whose idle time is over, and those whose create was broken off, and forgets all that are not named. Any number of instances
    /// may do it at once: what to remove is decided by what is noted alone (see <see cref="Lease"/>), and removing twice is like removing once.
    /// </summary>
    public async ValueTask SweepAsync(IReadOnlyCollection<ILeased> all, CancellationToken cancellationToken)
    {
        var known = all.Select(container => container.Key).ToHashSet();
        foreach (var key in _seen.Keys.Where(key => !known.Contains(key)))
        {
            _seen.TryRemove(key, out _);
        }

        foreach (var container in all)
        {
            try
            {
                if (await IsDueAsync(container, cancellationToken))
                {
                    await container.RemoveAsync(cancellationToken);
                }
            }
            catch (TranslationRefusedException refused) when (refused.Error.Kind is not (ErrorKind.Unreachable or ErrorKind.Deadline))
            {
                // Gone, or being removed by another instance, or in a state that passes; one container must not keep the others.
            }
        }
    }

    private async ValueTask<bool> IsDueAsync(ILeased container, CancellationToken cancellationToken) =>
        container.WasStarted
            ? await StateAsync(container, cancellationToken) == LeaseState.Removable
            : NowMs - container.CreatedMs > MaxCreation;

    private sealed record Seen(long LastUseMs, long ReadMs);
}
