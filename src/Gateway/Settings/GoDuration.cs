using System.Buffers;
using System.Globalization;

namespace Gateway.Settings;

/// <summary>
/// Durations as Go writes them, which Bifrost's files and headers use: <c>500ms</c>, <c>1.5s</c>, <c>1h30m</c> (Go's <c>time.ParseDuration</c>).
/// </summary>
internal static class GoDuration
{
    private static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789.");

    private static readonly (string Unit, double Milliseconds)[] s_units =
        [("ns", 1e-6), ("us", 1e-3), ("µs", 1e-3), ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

    /// <summary>
    /// A window of Bifrost's limits: a whole number of days, weeks, months of 30 days or years of 365, or a duration. Null when it is none, or not
    /// one of a second to a year.
    /// </summary>
    public static TimeSpan? Window(ReadOnlySpan<char> text)
    {
        var days = text is [.., var unit] ? unit switch { 'd' => 1, 'w' => 7, 'M' => 30, 'Y' => 365, _ => 0 } : 0;
        double? milliseconds = days == 0 ? Milliseconds(text)
            : int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? (double)count * days * 86_400_000
            : null;
        return milliseconds is >= 1000 and <= 366d * 86_400_000 ? TimeSpan.FromMilliseconds(milliseconds.Value) : null;
    }

    /// <summary>Milliseconds of a duration without a sign, or null when it is none.</summary>
    public static double? Milliseconds(ReadOnlySpan<char> text)
    {
        if (text is "0")
        {
            return 0;
        }

        double? sum = null;
        while (!text.IsEmpty)
        {
            var digits = text.IndexOfAnyExcept(s_digits);
            if (digits <= 0 || !double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value))
            {
                return null;
            }

            text = text[digits..];
            var letters = text.IndexOfAny(s_digits);
            var unit = letters < 0 ? text : text[..letters];
            var factor = 0d;
            foreach (var (name, milliseconds) in s_units)
            {
                factor = unit.SequenceEqual(name) ? milliseconds : factor;
            }

            if (factor == 0)
            {
                return null;
            }

            sum = (sum ?? 0) + (value * factor);
            text = text[unit.Length..];
        }

        return sum;
    }
}
