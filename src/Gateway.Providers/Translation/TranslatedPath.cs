using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Gateway.Providers.Translation;

/// <summary>
/// The absolute path of a file inside a container, canonical: one spelling per file, always below the provider's root. It is never a path of
/// the gateway's own disk.
/// </summary>
internal readonly record struct TranslatedPath
{
    /// <summary>Where the files of a container live unless a provider is configured otherwise.</summary>
    public const string Root = "/mnt/data/";

    /// <summary>Longest component, in UTF-8 bytes; that of common file systems.</summary>
    public const int MaxComponentBytes = 255;

    /// <summary>Longest path, in UTF-8 bytes; Linux's PATH_MAX.</summary>
    public const int MaxBytes = 4096;

    private TranslatedPath(string value) => Value = value;

    /// <summary>UTF-8 that throws on what has no Unicode.</summary>
    public static UTF8Encoding Utf8 { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The path, e.g. <c>/mnt/data/in/x.csv</c>.</summary>
    public string Value { get; }

    /// <summary>The last component.</summary>
    public string FileName => BaseName(Value);

    /// <summary>The last component of a canonical path.</summary>
    public static string BaseName(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>The path of a file directly below the root whose name is one that a provider gave, not a client.</summary>
    public static TranslatedPath InRoot(string root, string name) => new(root + name);

    /// <summary>Brings a client's path into its canonical form below <see cref="Root"/>.</summary>
    public static bool TryParse(string text, out TranslatedPath path, [NotNullWhen(false)] out string? reason) =>
        TryParse(text, Root, out path, out reason);

    /// <summary>Brings a client's path into its canonical form. A relative one is taken from the root.</summary>
    /// <param name="text">The client's text.</param>
    /// <param name="root">Canonical path of the root, with a slash at its end.</param>
    /// <param name="path">The path when the result is true.</param>
    /// <param name="reason">Why not, when the result is false.</param>
    public static bool TryParse(string text, string root, out TranslatedPath path, [NotNullWhen(false)] out string? reason)
    {
        path = default;
        reason = CheckText(text) ?? CheckComponents(text);
        if (reason is not null)
        {
            return false;
        }

        var collapsed = Collapse(text);
        if (text[0] == '/')
        {
            if (!collapsed.StartsWith(root, StringComparison.Ordinal))
            {
                reason = $"must be below {root} when it is absolute";
                return false;
            }
        }
        else
        {
            collapsed = root + collapsed[1..];
        }

        if (Utf8.GetByteCount(collapsed) > MaxBytes)
        {
            reason = $"must not be longer than {MaxBytes} bytes";
            return false;
        }

        path = new TranslatedPath(collapsed);
        return true;
    }

    /// <summary>Reads a path below a root as a provider gives it: valid UTF-8 with no component that is empty, <c>.</c> or <c>..</c>.</summary>
    public static bool TryReadRelative(ReadOnlySpan<byte> bytes, out string path)
    {
        try
        {
            path = Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            path = "";
            return false;
        }

        return path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal) && !path.Split('/').Any(part => part is "" or "." or "..");
    }

    /// <inheritdoc/>
    public override string ToString() => Value;

    private static string? CheckText(string text)
    {
        if (text.Length == 0)
        {
            return "must not be empty";
        }

        // Also bounds the work below.
        if (text.Length > MaxBytes)
        {
            return $"must not be longer than {MaxBytes} bytes";
        }

        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsControl(c))
            {
                return "must not contain control characters";
            }

            if (c == '\\')
            {
                return "must not contain a backslash";
            }

            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                i++;
            }
            else if (char.IsSurrogate(c))
            {
                return "must be valid Unicode";
            }
        }

        return null;
    }

    private static string? CheckComponents(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> last = default;
        foreach (var range in text.Split('/'))
        {
            last = text[range];
            if (last is "..")
            {
                return "must not contain '..'";
            }

            if (Utf8.GetByteCount(last) > MaxComponentBytes)
            {
                return $"must not have a component longer than {MaxComponentBytes} bytes";
            }
        }

        return last is "" or "." ? "must name a file, not a directory" : null;
    }

    private static string Collapse(ReadOnlySpan<char> text)
    {
        var collapsed = new StringBuilder(text.Length + 1);
        foreach (var range in text.Split('/'))
        {
            var component = text[range];
            if (component is not ("" or "."))
            {
                collapsed.Append('/').Append(component);
            }
        }

        return collapsed.ToString();
    }
}
