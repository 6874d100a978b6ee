using System.Globalization;
using Gateway.Providers.Contract;
using StackExchange.Redis;

namespace Gateway.Redis;

/// <summary>Reads connection strings: StackExchange.Redis's own form (credentials, TLS, Sentinel, Cluster), <c>redis://</c> and <c>rediss://</c>.</summary>
internal static class RedisAddress
{
    private const int RetryMs = 500;

    /// <summary>The options, made to fail fast. The gateway works without Redis, so no call may wait long for it.</summary>
    /// <param name="address">The connection string; time limits in it count where they are shorter.</param>
    /// <param name="timeout">How long a call waits at most. The client library gives up no earlier.</param>
    /// <exception cref="InvalidOperationException">The string cannot be understood. The message shows nothing of it.</exception>
    public static ConfigurationOptions Parse(Secret address, TimeSpan timeout)
    {
        ConfigurationOptions options;
        try
        {
            var text = address.Reveal().Trim();
            options = text.Contains("://", StringComparison.Ordinal) ? FromUrl(new Uri(text)) : ConfigurationOptions.Parse(text);
        }
        catch (Exception unreadable) when (unreadable is ArgumentException or FormatException or OverflowException)
        {
            // Not kept as the inner exception: its message quotes the string, which holds a password.
            throw Unreadable();
        }

        if (options.EndPoints.Count == 0)
        {
            throw Unreadable();
        }

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

    private static ConfigurationOptions FromUrl(Uri url)
    {
        if (url.Scheme is not ("redis" or "rediss") || url.Host.Length == 0 || url.Query.Length > 0)
        {
            throw new FormatException();
        }

        var options = new ConfigurationOptions { Ssl = url.Scheme == "rediss" };
        options.EndPoints.Add(url.IdnHost, url.Port > 0 ? url.Port : 6379);
        if (options.Ssl)
        {
            options.SslHost = url.IdnHost;
        }

        var colon = url.UserInfo.IndexOf(':', StringComparison.Ordinal);
        if (colon > 0)
        {
            options.User = Uri.UnescapeDataString(url.UserInfo[..colon]);
        }

        if (url.UserInfo.Length > 0)
        {
            // "user@" without a colon is a password alone, as in the first redis:// URLs.
            options.Password = Uri.UnescapeDataString(url.UserInfo[(colon + 1)..]);
        }

        if (url.AbsolutePath.Trim('/') is { Length: > 0 } database)
        {
            options.DefaultDatabase = int.Parse(database, NumberStyles.None, CultureInfo.InvariantCulture);
        }

        return options;
    }

    private static InvalidOperationException Unreadable() => new(
        "The Redis connection string cannot be understood. Expected host:port[,option=value…], redis://[user:password@]host[:port][/database] or rediss://….");
}
