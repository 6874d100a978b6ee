using System.Text.RegularExpressions;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Gateway.Api;

/// <summary>
/// What the <c>Content-Disposition</c> of a part says, read once and whole: the framework decodes lazily, and an encoding that it does not know or
/// does not trust (UTF-7) comes as an exception from whichever property is looked at first.
/// </summary>
/// <param name="Name">Name of the field.</param>
/// <param name="FileName">Name of the file without directories, or null.</param>
internal sealed partial record PartDisposition(string Name, string? FileName)
{
    /// <summary>Reads a header; returns what is wrong with it, or null.</summary>
    public static string? Read(string? header, out PartDisposition? part)
    {
        part = null;
        if (string.IsNullOrEmpty(header))
        {
            return "a part has no name";
        }

        try
        {
            if (!ContentDispositionHeaderValue.TryParse(header, out var parsed))
            {
                return UnquotedName().IsMatch(header)
                    ? "a file name with spaces or other special characters must be in quotes"
                    : "the Content-Disposition of a part cannot be read";
            }

            if (!parsed.Name.HasValue)
            {
                return "a part has no name";
            }

            part = new PartDisposition(HeaderUtilities.RemoveQuotes(parsed.Name).ToString(), FileNameOf(parsed));
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException or FormatException or InvalidOperationException)
        {
            return "a name of a part is in an encoding that is not supported; use UTF-8";
        }
    }

    /// <summary><c>filename*</c> wins over <c>filename</c> (RFC 6266 §4.3); directories are the sender's business.</summary>
    private static string? FileNameOf(ContentDispositionHeaderValue disposition)
    {
        var text = disposition.FileNameStar.HasValue ? disposition.FileNameStar.ToString() : Unquoted(disposition.FileName);
        text = text[(text.LastIndexOfAny(['/', '\\']) + 1)..];
        return text.Length == 0 ? null : text;
    }

    /// <summary>
    /// Undoes the two escapes that Go's clients write (openai-go, <c>internal/apiform/encoder.go</c>). Any other backslash is a character: browsers
    /// once sent whole Windows paths without escaping them.
    /// </summary>
    private static string Unquoted(StringSegment name) =>
        QuotedPair().Replace(HeaderUtilities.RemoveQuotes(name).ToString(), "${escaped}");

    [GeneratedRegex("""\\(?<escaped>[\\"])""", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex QuotedPair();

    /// <summary>A <c>filename</c> that is neither quoted nor a token (RFC 9110 §5.6.2).</summary>
    [GeneratedRegex("""filename\s*=\s*[^"\s;]+[^;]*""", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UnquotedName();
}
