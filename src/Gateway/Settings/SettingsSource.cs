namespace Gateway.Settings;

/// <summary>Publishes the current snapshot. Readers hold one per request; subscribers are told when a new one has taken its place.</summary>
internal sealed class SettingsSource(GatewaySettings initial)
{
    private readonly Lock _lock = new();
    private readonly List<Action<GatewaySettings>> _subscribers = [];
    private volatile GatewaySettings _current = initial;

    /// <summary>The settings in force.</summary>
    public GatewaySettings Current => _current;

    /// <summary>Puts new, validated settings in force.</summary>
    public void Publish(GatewaySettings settings)
    {
        Action<GatewaySettings>[] subscribers;
        lock (_lock)
        {
            _current = settings;
            subscribers = [.. _subscribers];
        }

        foreach (var subscriber in subscribers)
        {
            subscriber(settings);
        }
    }

    /// <summary>Calls back after each publication until the result is disposed.</summary>
    public IDisposable Subscribe(Action<GatewaySettings> subscriber)
    {
        lock (_lock)
        {
            _subscribers.Add(subscriber);
        }

        return new Subscription(this, subscriber);
    }

    private sealed class Subscription(SettingsSource source, Action<GatewaySettings> subscriber) : IDisposable
    {
        public void Dispose()
        {
            lock (source._lock)
            {
                source._subscribers.Remove(subscriber);
            }
        }
    }
}
