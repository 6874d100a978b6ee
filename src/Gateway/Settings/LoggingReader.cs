namespace Gateway.Settings;

/// <summary>Reads <c>logging</c>.</summary>
internal static class LoggingReader
{
    /// <summary>Reads the section.</summary>
    public static LoggingSettings Read(LoggingDocument document, Reading reading) => new(
        Choose("$.logging.format", document.Format, LogFormat.Console, reading),
        Choose("$.logging.level", document.Level, LogLevel.Information, reading));

    private static T Choose<T>(string path, string text, T fallback, Reading reading)
        where T : struct, Enum
    {
        var names = Enum.GetNames<T>().Select(name => name.ToLowerInvariant()).ToArray();
        var index = Array.IndexOf(names, text);
        if (index < 0)
        {
            reading.Findings.Refuse(path, $"must be one of {string.Join(", ", names)}{Nearest.Hint(text, names)}");
            return fallback;
        }

        return Enum.GetValues<T>()[index];
    }
}
