using System.Text.RegularExpressions;

namespace Gateway.Providers.Translation;

/// <summary>
/// A provider's own words for a failure. They may name paths of its host: those are left out of what clients see, and the log gets them whole.
/// </summary>
internal static partial class UpstreamMessage
{
    private const int MaxShown = 300;
    private const int MaxLogged = 1000;

    /// <summary>The words behind a colon, without paths; those of programs are the same everywhere. Empty when nothing was said.</summary>
    public static string Reason(string message)
    {
        var shown = HostPath().Replace(OneLine(message), "…");
        return shown.Length == 0 ? "" : ": " + (shown.Length <= MaxShown ? shown : shown[..MaxShown] + "…");
    }

    /// <summary>The words for the log, or null when there are none.</summary>
    public static string? Detail(string message) =>
        OneLine(message) is { Length: > 0 } line ? (line.Length <= MaxLogged ? line : line[..MaxLogged] + "…") : null;

    private static string OneLine(string message) => string.Concat(message.Select(c => char.IsControl(c) ? ' ' : c)).Trim();

    [GeneratedRegex(@"(?<![\w./-])/(?!(usr/|usr/local/)?s?bin/)[\w.@+-]+(/[\w.@+-]*)+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex HostPath();
}
