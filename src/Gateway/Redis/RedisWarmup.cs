namespace Gateway.Redis;

/// <summary>Connects before the listeners open. A Redis that is away delays the start by a moment, and nothing else.</summary>
internal sealed class RedisWarmup(RedisConnection redis) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => redis.WarmAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
