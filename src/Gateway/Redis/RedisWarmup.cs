namespace Gateway.Redis;

/// <summary>Connects before the listeners open. A Redis that is away delays the start by a second, and nothing else.</summary>
internal sealed class RedisWarmup(RedisConnection redis) : IHostedService
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1);

    public Task StartAsync(CancellationToken cancellationToken) => redis.WarmAsync(s_limit, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
