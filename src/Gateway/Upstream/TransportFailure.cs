using Gateway.Pipeline;
using Gateway.Providers.Contract;
using Yarp.ReverseProxy.Forwarder;

namespace Gateway.Upstream;

/// <summary>
/// The taxonomy of exchanges that ended without a usable answer: one place maps exceptions and <see cref="ForwarderError"/> to what the client is
/// told and what repeating depends on.
/// </summary>
/// <param name="Error">For the client.</param>
/// <param name="Outcome">For the attempt loop.</param>
/// <param name="Label">For metrics and the trail.</param>
internal sealed record TransportFailure(GatewayError Error, AttemptOutcome Outcome, string Label)
{
    public static TransportFailure TimedOut(TimeSpan limit) => OverTime(
        $"request timed out after {limit.TotalSeconds:0.###} seconds (default is 30 seconds); "
        + "raise default_request_timeout_in_seconds in the provider's network_config to allow more");

    /// <summary>Nothing moved within a stream.</summary>
    public static TransportFailure Silent(TimeSpan limit) => OverTime(
        $"the provider neither sent nor took anything for {limit.TotalSeconds:0.###} seconds; "
        + "raise stream_idle_timeout_in_seconds in the provider's network_config to allow more");

    public static TransportFailure ClientLeft { get; } = new(
        new GatewayError
        {
            Kind = ErrorKind.Cancelled, Status = 499, Type = "request_cancelled", Code = "request_cancelled",
            Message = "Request cancelled by context: the client closed the connection",
        },
        AttemptOutcome.NotAttributable,
        "cancelled");

    public static TransportFailure NotConnected { get; } = new(
        Connection("network error occurred while connecting to provider API (DNS lookup, connection refused, etc.)", ErrorKind.Unreachable),
        AttemptOutcome.NotSent,
        "unreachable");

    public static TransportFailure Broken { get; } = new(
        Connection("failed to execute HTTP request to provider API: the connection ended before the answer was complete", ErrorKind.Upstream),
        AttemptOutcome.Ambiguous,
        "broken");

    public static TransportFailure Unreadable { get; } = new(
        GatewayError.BadUpstream("the provider's answer could not be read", code: "invalid_upstream_response"), AttemptOutcome.None, "unreadable");

    public static TransportFailure TooLarge(int limit) => new(
        GatewayError.BadUpstream($"the provider's answer is larger than {limit} bytes", code: "provider_response_too_large"),
        AttemptOutcome.None,
        "too_large");

    /// <summary>No credential can be had, so that nothing was sent. A token service that is down says nothing about the account.</summary>
    public static TransportFailure Unsigned(CredentialException refused) => new(refused.Error, AttemptOutcome.NotAttributable, "unsigned");

    /// <summary>The client's own body was at fault.</summary>
    public static TransportFailure OfClient(GatewayError error) => new(error, AttemptOutcome.NotAttributable, "client_body");

    /// <summary>Maps what an exchange threw.</summary>
    public static TransportFailure Of(Exception exception, Deadline deadline, TimeSpan limit)
    {
        if (deadline.ClientLeft)
        {
            return ClientLeft;
        }

        if (deadline.IsOver)
        {
            return TimedOut(limit);
        }

        return exception switch
        {
            _ when ClientFault(exception) is { } fault => OfClient(fault),
            CredentialException refused => Unsigned(refused),
            ResponseTooLargeException tooLarge => TooLarge(tooLarge.Limit),
            InvalidDataException => Unreadable,
            HttpRequestException
            {
                HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError or HttpRequestError.ProxyTunnelError,
            } => NotConnected,
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } or FormatException => Unreadable,

            // The handler's own connect timeout surfaces as a cancellation that none of our tokens caused.
            OperationCanceledException { InnerException: TimeoutException } => NotConnected,

            // The forwarder's limit on silence, met while an answer was collected.
            OperationCanceledException => TimedOut(limit),
            _ => Broken,
        };
    }

    /// <summary>Maps what the forwarder reported for a streamed exchange.</summary>
    public static TransportFailure Of(ForwarderError error, Exception? exception, Deadline deadline, NetworkLimits limits) => error switch
    {
        _ when ClientFault(exception) is { } fault => OfClient(fault),
        _ when deadline.ClientLeft => ClientLeft,
        _ when deadline.IsOver => TimedOut(limits.Request),
        ForwarderError.RequestTimedOut or ForwarderError.UpgradeActivityTimeout => Silent(limits.Idle),
        ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled => Silent(limits.Idle),
        ForwarderError.RequestBodyClient => OfClient(Api.ClientFaults.Unreadable),
        ForwarderError.ResponseBodyClient => ClientLeft,
        _ => Of(exception ?? new IOException(), deadline, limits.Request),
    };

    /// <summary>The client's fault within an exchange, or null: a body that is too large, too slow, or not what its headers promised.</summary>
    private static GatewayError? ClientFault(Exception? exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is InvalidUploadException upload)
            {
                return upload.Error;
            }

            if (inner is BadHttpRequestException bad)
            {
                return Api.ClientFaults.Of(bad);
            }
        }

        return null;
    }

    private static TransportFailure OverTime(string message) => new(
        new GatewayError { Kind = ErrorKind.Deadline, Status = 504, Type = "request_timed_out", Code = "request_timed_out", Message = message },
        AttemptOutcome.TimedOut,
        "timeout");

    private static GatewayError Connection(string message, ErrorKind kind) => new()
    {
        Kind = kind,
        Status = 502,
        Type = "provider_connection_failed",
        Code = "provider_connection_failed",
        Message = message,
    };
}

/// <summary>The time limits a fault names.</summary>
/// <param name="Request">Time to an answer.</param>
/// <param name="Idle">Silence within a stream.</param>
internal readonly record struct NetworkLimits(TimeSpan Request, TimeSpan Idle);
