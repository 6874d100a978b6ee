using Gateway.Api;

namespace Gateway.Limits;

/// <summary>
/// Refuses requests of known callers beyond their limits, before any of their body is read or anybody upstream is asked. A call is in progress until
/// its answer's last byte is out. Callers without limits pay one look.
/// </summary>
internal sealed class LimitsMiddleware(RequestDelegate next, ILimiter limiter)
{
    public Task InvokeAsync(HttpContext http)
    {
        var limits = http.Exchange().Directives.Caller.Limits;
        return limits.IsEmpty ? next(http) : CountedAsync(http, limits);
    }

    private async Task CountedAsync(HttpContext http, CallerLimits limits)
    {
        var admission = await limiter.EnterAsync(limits);
        http.Exchange().Quotas = admission.States;
        if (admission.Refusal is { } error)
        {
            await ErrorWriter.WriteAsync(http, error);
            return;
        }

        try
        {
            await next(http);
        }
        finally
        {
            await limiter.LeaveAsync(limits, admission);
        }
    }
}
