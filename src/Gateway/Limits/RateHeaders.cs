using System.Collections.Immutable;
using System.Globalization;

namespace Gateway.Limits;

/// <summary>
/// <c>x-ratelimit-*-requests</c> of answers to callers with a limit, as OpenAI names and writes them
/// (https://platform.openai.com/docs/guides/rate-limits). An upstream may have sent its own: the one with fewer requests left is what a client has to
/// obey, so that one passes, whole. What it says of tokens always passes.
/// </summary>
internal static class RateHeaders
{
    private const string Limit = "x-ratelimit-limit-requests";
    private const string Remaining = "x-ratelimit-remaining-requests";
    private const string Reset = "x-ratelimit-reset-requests";

    /// <summary>Puts the tightest quota on an answer that has its upstream's headers already.</summary>
    public static void Write(IHeaderDictionary headers, ImmutableArray<QuotaState> states)
    {
        if (states.IsEmpty)
        {
            return;
        }

        var tightest = states.OrderBy(state => state.Remaining).ThenByDescending(state => state.Reset).First();
        if (headers.TryGetValue(Remaining, out var text) && headers.ContainsKey(Limit) && headers.ContainsKey(Reset)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var upstream) && upstream < tightest.Remaining)
        {
            return;
        }

        headers[Limit] = tightest.Quota.Requests.ToString(CultureInfo.InvariantCulture);
        headers[Remaining] = tightest.Remaining.ToString(CultureInfo.InvariantCulture);
        headers[Reset] = Duration(tightest.Reset);
    }

    /// <summary>A duration as Go writes it, rounded up to milliseconds: <c>1h0m0s</c>, <c>6m0s</c>, <c>1.5s</c>, <c>20ms</c>.</summary>
    public static string Duration(TimeSpan time)
    {
        var milliseconds = (long)Math.Ceiling(time.TotalMilliseconds);
        if (milliseconds <= 0)
        {
            return "0s";
        }

        if (milliseconds < 1000)
        {
            return string.Create(CultureInfo.InvariantCulture, $"{milliseconds}ms");
        }

        var (minutes, rest) = Math.DivRem(milliseconds, 60_000);
        var seconds = string.Create(CultureInfo.InvariantCulture, $"{rest / 1000m:0.###}s");
        var (hours, ofHour) = Math.DivRem(minutes, 60);
        return hours > 0 ? string.Create(CultureInfo.InvariantCulture, $"{hours}h{ofHour}m{seconds}")
            : minutes > 0 ? string.Create(CultureInfo.InvariantCulture, $"{minutes}m{seconds}")
            : seconds;
    }
}
