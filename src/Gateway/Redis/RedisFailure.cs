using System.Net.Sockets;
using System.Security.Authentication;
using StackExchange.Redis;

namespace Gateway.Redis;

/// <summary>
/// What an operator can do something about in a failure of Redis. Messages of the client library name hosts and keys, and are not shown.
/// </summary>
internal static class RedisFailure
{
    private const string Needed = "a password is needed";
    private const string Wrong = "the user or password is wrong";

    /// <summary>What a connection that is broken, or was never made, throws.</summary>
    public static bool IsOutage(Exception failure) =>
        failure is RedisException or TimeoutException or ObjectDisposedException or SocketException or IOException;

    /// <summary>Whether Redis is to be done without, be it that the wait for it was ended by something else than the caller.</summary>
    public static bool IsOutageTo(Exception failure, CancellationToken caller) =>
        IsOutage(failure) || (failure is OperationCanceledException && !caller.IsCancellationRequested);

    /// <summary>A short reason.</summary>
    /// <param name="failure">What was thrown, or is the cause of a broken connection.</param>
    /// <param name="options">How it was connected. After a password that was refused, commands are told that one is needed.</param>
    public static string Reason(Exception failure, ConfigurationOptions options) =>
        Cause(failure, options) ?? SocketErrorOf(failure) ?? failure switch
        {
            RedisTimeoutException or TimeoutException => "no answer in time",
            RedisConnectionException { FailureType: ConnectionFailureType.UnableToConnect } => "no connection",
            RedisConnectionException connection => connection.FailureType.ToString(),
            _ => failure.GetType().Name,
        };

    /// <summary>The part of a failure an operator can act on; null when all that is known is that there is no answer or no connection.</summary>
    /// <param name="failure">What was thrown. The library puts what it last knew about its connections inside, one or several of them.</param>
    /// <param name="options">How it was connected.</param>
    public static string? Cause(Exception failure, ConfigurationOptions options)
    {
        var reason = ReasonOf(failure) ?? failure switch
        {
            AggregateException several => several.InnerExceptions.Select(each => Cause(each, options)).FirstOrDefault(cause => cause is not null),
            { InnerException: { } inner } => Cause(inner, options),
            _ => null,
        };

        // The library's own words for a refused handshake do not say which; none that was given can be wrong.
        return reason is Needed or Wrong ? (options.Password is { Length: > 0 } ? Wrong : Needed) : reason;
    }

    private static string? ReasonOf(Exception failure)
    {
        if (failure is RedisServerException or RedisConnectionException && Refused(failure.Message) is { } refused)
        {
            return refused;
        }

        return failure switch
        {
            RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure } => Wrong,
            AuthenticationException => "the TLS handshake failed",
            SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } =>
                "the host's name is not known",
            SocketException { SocketErrorCode: SocketError.ConnectionRefused } => "the connection is refused",
            _ => null,
        };
    }

    /// <summary>How a connection ended, which tells what is the matter only when nothing else does.</summary>
    private static string? SocketErrorOf(Exception? failure) => failure switch
    {
        null => null,
        SocketException socket => socket.SocketErrorCode.ToString(),
        _ => SocketErrorOf(failure.InnerException),
    };

    /// <summary>By the first word of the server's error, which the library's messages repeat.</summary>
    private static string? Refused(string message) =>
        message.Contains("WRONGPASS", StringComparison.Ordinal) ? Wrong
        : message.Contains("NOAUTH", StringComparison.Ordinal) ? Needed
        : message.Contains("NOPERM", StringComparison.Ordinal) ? "the user lacks a right"
        : null;
}
