using System.Globalization;
using System.Net;
using Gateway.Providers.Contract;
using Gateway.Api;

namespace Gateway.Upstream;

/// <summary>Collects an upstream's answer and notes the headers that the client shall see.</summary>
internal static class ResponseReader
{
    /// <summary>Longest wait believed; more than an hour is a misunderstanding.</summary>
    private static readonly TimeSpan s_maxRetryAfter = TimeSpan.FromHours(1);

    public static async ValueTask<UpstreamResponse> ReadAsync(
        HttpResponseMessage response, AttemptContext attempt, CancellationToken cancellationToken)
    {
        Note(response, attempt);
        var body = attempt.Secrets.Apply(await BoundedBody.ReadAsync(response.Content, attempt.Request.MaxResponseBytes, cancellationToken));
        attempt.Exchange.RawResponse = attempt.Exchange.EchoResponse ? body : null;
        return new UpstreamResponse(
            (int)response.StatusCode, body, response.IsSuccessStatusCode ? null : RetryAfter(response, attempt.Exchange.ReceivedAt))
        {
            Headers = new UpstreamHeaders(response, attempt.Secrets.Clean),
        };
    }

    /// <summary>Notes the upstream's request id and the headers clients act on.</summary>
    public static void Note(HttpResponseMessage response, AttemptContext attempt)
    {
        List<KeyValuePair<string, string>>? kept = null;
        foreach (var (name, values) in response.Headers.NonValidated)
        {
            var isId = name.Equals("x-request-id", StringComparison.OrdinalIgnoreCase)
                || (name.Equals("apim-request-id", StringComparison.OrdinalIgnoreCase) && attempt.Exchange.UpstreamRequestId is null);
            if ((!isId && !HeaderRules.IsForClient(name)) || values.ToString() is not { } value
                || !HeaderRules.IsPresentable(value, attempt.Secrets))
            {
                continue;
            }

            if (isId)
            {
                attempt.Exchange.UpstreamRequestId = RequestIds.IsWellFormed(value) ? value : null;
            }
            else
            {
                (kept ??= []).Add(new(name, value));
            }
        }

        // How long a file is whose bytes were asked for in vain (RFC 9110 §14.4): what a client needs to go on.
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable
            && response.Content.Headers.NonValidated.TryGetValues("Content-Range", out var range)
            && HeaderRules.IsPresentable(range.ToString(), attempt.Secrets))
        {
            (kept ??= []).Add(new("Content-Range", range.ToString()));
        }

        attempt.Exchange.UpstreamHeaders = kept ?? [];
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response, DateTimeOffset now)
    {
        if (response.Headers.NonValidated.TryGetValues("retry-after-ms", out var values)
            && double.TryParse(values.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds is >= 0 and < 1e9)
        {
            return Bounded(TimeSpan.FromMilliseconds(milliseconds));
        }

        return response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => Bounded(delta),
            { Date: { } date } => Bounded(date - now),
            _ => null,
        };
    }

    private static TimeSpan Bounded(TimeSpan wait) =>
        wait < TimeSpan.Zero ? TimeSpan.Zero : wait > s_maxRetryAfter ? s_maxRetryAfter : wait;
}
