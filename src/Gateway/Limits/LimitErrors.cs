using System.Globalization;
using Gateway.Providers.Contract;

namespace Gateway.Limits;

/// <summary>Why a request is refused that a client may repeat later: in Bifrost's words.</summary>
internal static class LimitErrors
{
    /// <summary>Longest wait that an SDK's own retry is worth: OpenAI's wait no longer than this for <c>Retry-After</c>.</summary>
    private static readonly TimeSpan s_longestRetry = TimeSpan.FromMinutes(1);

    /// <summary>Calls end when they end; a second is what a short one takes.</summary>
    private static readonly TimeSpan s_whenBusy = TimeSpan.FromSeconds(1);

    /// <summary>Whether an error says that a limit of the caller is reached.</summary>
    public static bool IsLimit(GatewayError error) =>
        error is { Kind: ErrorKind.Denied, Status: StatusCodes.Status429TooManyRequests };

    /// <summary>The window has no more requests.</summary>
    public static GatewayError RequestLimited(QuotaState state) => Limited(
        "request_limited", state.Reset,
        string.Create(
            CultureInfo.InvariantCulture,
            $"Rate limit check failed: {state.Quota.Owner} may send {state.Quota.Requests} requests in {RateHeaders.Duration(state.Quota.Window)}; ")
            + $"the next window begins in {RateHeaders.Duration(state.Reset)}");

    /// <summary>As many calls as may be are in progress.</summary>
    public static GatewayError CallLimited(CallQuota quota) => Limited(
        "rate_limited", s_whenBusy,
        string.Create(
            CultureInfo.InvariantCulture, $"Rate limit check failed: {quota.Owner} may have {quota.Calls} calls in progress at a time"));

    private static GatewayError Limited(string type, TimeSpan wait, string message) => new()
    {
        Kind = ErrorKind.Denied,
        Status = StatusCodes.Status429TooManyRequests,
        Type = type,
        Code = type,
        Message = message,
        RetryAfter = wait,
        Retryable = wait > s_longestRetry ? false : null,
    };
}
