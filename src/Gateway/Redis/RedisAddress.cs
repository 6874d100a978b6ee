using Gateway.Providers.Contract;
using StackExchange.Redis;

namespace Gateway.Redis;

/// <summary>
/// Reads connection strings: StackExchange.Redis's own form (credentials, TLS, Sentinel, Cluster), the path of a socket, and the URLs of other
/// libraries (<see cref="RedisUrl"/>).
/// </summary>
internal static class RedisAddress
{
    private const int RetryMs = 500;

    /// <summary>The options, made to fail fast. The gateway works without Redis, so no call may wait long for it.</summary>
    /// <param name="address">The connection string; time limits in it count where they are shorter.</param>
    /// <param name="timeout">How long a call waits at most. The client library gives up no earlier.</param>
    /// <exception cref="InvalidOperationException">The string cannot be understood. The message shows nothing of it.</exception>
    public static ConfigurationOptions Parse(Secret address, TimeSpan timeout)
    {
        var options = Read(address.Reveal().Trim());
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        var limitMs = Math.Max(RetryMs, 2 * (int)timeout.TotalMilliseconds);
        options.ConnectTimeout = Math.Min(options.ConnectTimeout, limitMs);
        options.SyncTimeout = Math.Min(options.SyncTimeout, limitMs);
        options.AsyncTimeout = Math.Min(options.AsyncTimeout, limitMs);
        options.ConnectRetry = 1;
        options.ReconnectRetryPolicy = new LinearRetry(RetryMs);
        options.HeartbeatInterval = TimeSpan.FromMilliseconds(RetryMs);
        options.ClientName ??= "gateway";
        options.IncludeDetailInExceptions = false;
        return options;
    }

    /// <summary>Why a connection string cannot be used, without showing anything of it; null when it can.</summary>
    public static string? Check(Secret address)
    {
        try
        {
            Read(address.Reveal().Trim());
            return null;
        }
        catch (InvalidOperationException unreadable)
        {
            return unreadable.Message;
        }
    }

    private static ConfigurationOptions Read(string text)
    {
        ConfigurationOptions options;
        try
        {
            options = RedisUrl.IsUrl(text) ? RedisUrl.Parse(text)
                : text.StartsWith('/') ? ConfigurationOptions.Parse("!" + text)
                : ConfigurationOptions.Parse(text);
        }
        catch (Exception unreadable) when (
            unreadable is ArgumentException or OverflowException || (unreadable is FormatException && unreadable is not RedisUrlException))
        {
            // Not kept as the inner exception: its message quotes the string, which holds a password.
            throw Unreadable("cannot be understood");
        }
        catch (RedisUrlException refused)
        {
            throw Unreadable(refused.Message);
        }

        return options.EndPoints.Count > 0 ? options : throw Unreadable("names no host");
    }

    private static InvalidOperationException Unreadable(string reason) => new(
        $"the Redis connection string {reason}; expected host:port[,option=value…], redis://[user:password@]host[:port][/database], rediss://…, "
        + "unix:///path or redis-sentinel://[:password@]host[:port][,host…][/database]#service");
}
