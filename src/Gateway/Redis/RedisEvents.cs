namespace Gateway.Redis;

/// <summary>Log events of the Redis connection. Addresses, credentials and keys are never part of them.</summary>
internal static partial class RedisEvents
{
    [LoggerMessage(1210, LogLevel.Warning, "Redis is out of reach ({Failure}); the gateway goes on without it and tries again every half second")]
    public static partial void RedisLost(this ILogger logger, string failure);

    [LoggerMessage(1211, LogLevel.Information, "Redis answers again")]
    public static partial void RedisHealed(this ILogger logger);

    [LoggerMessage(1213, LogLevel.Warning, "Redis is still out of reach: {Reason}")]
    public static partial void RedisStillLost(this ILogger logger, string reason);

    [LoggerMessage(1212, LogLevel.Warning, "Redis refuses commands ({Code})")]
    public static partial void RedisRefused(this ILogger logger, string code);
}
