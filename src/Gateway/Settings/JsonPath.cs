using System.Text.Json;

namespace Gateway.Settings;

/// <summary>JSON paths as System.Text.Json writes them.</summary>
internal static class JsonPath
{
    /// <summary>The path of the whole document.</summary>
    public const string Root = "$";

    /// <summary>The path of a member: <c>.name</c>, or <c>['any name']</c>, escaped, so that a name cannot break a log line.</summary>
    public static string Member(string parent, string name) => IsPlain(name) ? $"{parent}.{name}" : $"{parent}['{JsonEncodedText.Encode(name)}']";

    /// <summary>The path of an array's element.</summary>
    public static string Element(string parent, int index) => $"{parent}[{index}]";

    /// <summary>The path of the enclosing object or array, or null for the root.</summary>
    public static string? Parent(string path)
    {
        // A quote within a name is escaped, so the last one before the closing one opens the name.
        var end = path.EndsWith("']", StringComparison.Ordinal) && path.Length > 3 ? path.LastIndexOf('\'', path.Length - 3) - 1
            : path.EndsWith(']') ? path.LastIndexOf('[')
            : path.LastIndexOf('.');
        return end > 0 ? path[..end] : null;
    }

    private static bool IsPlain(string name) => name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '$');
}
