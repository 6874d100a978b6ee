using System.Collections.Concurrent;

namespace Gateway.Path;

/// <summary>
/// Creates of this process by provider and name, while they run, and the ids they gave for some time after: what a search for a lost create needs to
/// tell its container from others of the same name.
/// </summary>
internal sealed class CreatesByName(TimeProvider time)
{
    /// <summary>How long an answered id is kept: longer than any create takes.</summary>
    private static readonly TimeSpan s_memory = TimeSpan.FromMinutes(10);

    private const int MaxAnswered = 50_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Provider, string Name), int> _running = [];
    private readonly ConcurrentDictionary<(string Provider, string Id), byte> _answered = new();
    private readonly Queue<(string Provider, string Id, DateTimeOffset Until)> _order = new();

    /// <summary>A create begins.</summary>
    public void Begin(string provider, string name)
    {
        lock (_lock)
        {
            _running[(provider, name)] = _running.GetValueOrDefault((provider, name)) + 1;
        }
    }

    /// <summary>A create has ended; an id it gave is noted before.</summary>
    public void End(string provider, string name)
    {
        lock (_lock)
        {
            if (--_running[(provider, name)] == 0)
            {
                _running.Remove((provider, name));
            }
        }
    }

    /// <summary>Whether exactly one create of this name runs: the caller's own.</summary>
    public bool IsAlone(string provider, string name)
    {
        lock (_lock)
        {
            return _running.GetValueOrDefault((provider, name)) == 1;
        }
    }

    /// <summary>Notes that a client was, or is about to be, given this container.</summary>
    /// <returns>False when it has been given before.</returns>
    public bool Note(string provider, string id)
    {
        var now = time.GetUtcNow();
        lock (_lock)
        {
            while (_order.TryPeek(out var oldest) && (oldest.Until <= now || _order.Count >= MaxAnswered))
            {
                _order.Dequeue();
                _answered.TryRemove((oldest.Provider, oldest.Id), out _);
            }

            if (!_answered.TryAdd((provider, id), 0))
            {
                return false;
            }

            _order.Enqueue((provider, id, now + s_memory));
            return true;
        }
    }

    /// <summary>Whether a create of this process gave this id.</summary>
    public bool IsAnswered(string provider, string id) => _answered.ContainsKey((provider, id));
}
