using System.Collections.Concurrent;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>When containers were last used. The truth is in the containers; here is what this instance has seen of it.</summary>
internal sealed class DockerActivity(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Seen> _seen = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time => time;

    /// <summary>Unix milliseconds.</summary>
    public long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Counts as a use: throws when the idle time is over, and otherwise notes the use in the container if that has not just been done.</summary>
    public async ValueTask UseAsync(EngineClient engine, DockerContainer container, CancellationToken cancellationToken)
    {
        if (await StateAsync(engine, container, cancellationToken) != LeaseState.Alive)
        {
            throw TranslatedErrors.Expired();
        }

        var now = NowMs;
        if (_seen.TryGetValue(container.EngineId, out var seen) && now - seen.LastUseMs < Lease.Throttle)
        {
            return;
        }

        await engine.PutAsync(container.EngineId, StateDirectory.Path, StateDirectory.Use(now), cancellationToken);
        Saw(container, now, now);
    }

    /// <summary>Where a container is in its idle time. Asks the container when what is known says that it is over: another instance may know better.</summary>
    public async ValueTask<LeaseState> StateAsync(EngineClient engine, DockerContainer container, CancellationToken cancellationToken)
    {
        var now = NowMs;
        if (_seen.TryGetValue(container.EngineId, out var seen))
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

        var lastUse = container.CreatedMs;
        if (await engine.OpenAsync(container.EngineId, StateDirectory.LastUse, cancellationToken) is { } archive)
        {
            await using (archive)
            {
                lastUse = Math.Max(lastUse, await StateDirectory.ReadUseAsync(archive, cancellationToken) ?? 0);
            }
        }

        Saw(container, lastUse, now);
        return Lease.At(lastUse, container.IdleMinutes, now);
    }

    /// <summary>A use has been noted, or read.</summary>
    public void Saw(DockerContainer container, long lastUseMs, long readMs) => _seen[container.EngineId] = new Seen(lastUseMs, readMs);

    /// <summary>What clients see of a container, from what is known here.</summary>
    public TranslatedContainer View(DockerContainer container) =>
        _seen.TryGetValue(container.EngineId, out var seen)
            ? container.View(seen.LastUseMs, Lease.At(seen.LastUseMs, container.IdleMinutes, seen.ReadMs) is not LeaseState.Alive)
            : container.View(null, expired: false);

    /// <summary>Forgets all but these.</summary>
    public void Keep(IEnumerable<DockerContainer> containers)
    {
        var known = containers.Select(container => container.EngineId).ToHashSet();
        foreach (var id in _seen.Keys.Where(id => !known.Contains(id)))
        {
            _seen.TryRemove(id, out _);
        }
    }

    private sealed record Seen(long LastUseMs, long ReadMs);
}
