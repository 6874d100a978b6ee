using System.Globalization;
using Gateway.Providers.Contract;
using Gateway.Surface;

namespace Gateway.Upstream;

/// <summary>Collects an upstream's answer and notes the headers that the client shall see.</summary>
internal static class AnswerReader
{
    /// <summary>Longest wait believed; more than an hour is a misunderstanding.</summary>
    private static readonly TimeSpan s_maxRetryAfter = TimeSpan.FromHours(1);

    public static async ValueTask<NativeAnswer> ReadAsync(HttpResponseMessage response, HopTry attempt, CancellationToken cancellationToken)
    {
        Note(response, attempt);
        var body = KeyRedaction.Apply(
            await BoundedBody.ReadAsync(response.Content, attempt.Hop.MaxAnswerBytes, cancellationToken), attempt.Account.Secret);
        attempt.Exchange.RawResponse = attempt.Exchange.EchoResponse ? body : null;
        return new NativeAnswer(
            (int)response.StatusCode, body, response.IsSuccessStatusCode ? null : RetryAfter(response, attempt.Exchange.ReceivedAt));
    }

    /// <summary>Notes the upstream's request id and the headers clients act on.</summary>
    public static void Note(HttpResponseMessage response, HopTry attempt)
    {
        List<KeyValuePair<string, string>>? kept = null;
        foreach (var (name, values) in response.Headers.NonValidated)
        {
            if (!KeyRedaction.IsPresentable(values.ToString(), attempt.Account.Secret))
            {
                continue;
            }

            if (name.Equals("x-request-id", StringComparison.OrdinalIgnoreCase)
                || (name.Equals("apim-request-id", StringComparison.OrdinalIgnoreCase) && attempt.Exchange.UpstreamRequestId is null))
            {
                attempt.Exchange.UpstreamRequestId = RequestIds.IsWellFormed(values.ToString()) ? values.ToString() : null;
            }
            else if (HeaderRules.IsForClient(name))
            {
                (kept ??= []).Add(new(name, values.ToString()));
            }
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
