using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Gateway.Providers.Contract;

/// <summary>The id of a container, proven safe to place in an upstream path. Native ids are kept unchanged.</summary>
public readonly record struct ContainerId
{
    private ContainerId(string value) => Value = value;

    /// <summary>The id as the client wrote it, percent-decoded.</summary>
    public string Value { get; }

    /// <summary>Accepts what <see cref="IdRules"/> accepts.</summary>
    /// <param name="text">The decoded path segment.</param>
    /// <param name="id">The id when the result is true.</param>
    /// <param name="reason">Why not, when the result is false.</param>
    public static bool TryParse(string? text, out ContainerId id, [NotNullWhen(false)] out string? reason)
    {
        reason = IdRules.Check(text);
        id = reason is null ? new ContainerId(text!) : default;
        return reason is null;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>The id of a file in a container, proven safe to place in an upstream path.</summary>
public readonly record struct FileId
{
    private FileId(string value) => Value = value;

    /// <summary>The id as the client wrote it, percent-decoded.</summary>
    public string Value { get; }

    /// <summary>Accepts unreserved characters (RFC 3986 §2.3): what every server on the way reads the same, encoded or not.</summary>
    /// <param name="text">The decoded path segment.</param>
    /// <param name="id">The id when the result is true.</param>
    /// <param name="reason">Why not, when the result is false.</param>
    public static bool TryParse(string? text, out FileId id, [NotNullWhen(false)] out string? reason)
    {
        reason = IdRules.CheckFile(text);
        id = reason is null ? new FileId(text!) : default;
        return reason is null;
    }

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>
/// What an id may not contain: anything that could leave its path segment. The wording is Bifrost's (maximhq/bifrost#7307), so that
/// clients which match on it keep working.
/// </summary>
public static class IdRules
{
    /// <summary>Longest id accepted, in UTF-16 code units. Native ids seen so far stay below 130.</summary>
    public const int MaxLength = 512;

    /// <summary>What ids are made of as a rule, and what is safe everywhere.</summary>
    private static readonly SearchValues<char> s_plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private static readonly SearchValues<char> s_unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    /// <summary>The reason why <paramref name="id"/> cannot be that of a file, or null when it is fine.</summary>
    public static string? CheckFile(string? id) =>
        Check(id) ?? (id.AsSpan().ContainsAnyExcept(s_unreserved) ? "only letters, digits and ._~- are allowed" : null);

    /// <summary>The reason why <paramref name="id"/> is refused, or null when it is fine.</summary>
    public static string? Check(string? id)
    {
        if (string.IsNullOrEmpty(id))
        {
            return "must not be empty";
        }

        // Some servers cut off what stands behind a semicolon before they resolve dots.
        var segment = id.AsSpan();
        segment = segment.IndexOf(';') is >= 0 and var end ? segment[..end] : segment;
        if (!segment.ContainsAnyExcept('.'))
        {
            return "dot segments are not allowed";
        }

        if (id.Length > MaxLength)
        {
            return $"must not be longer than {MaxLength} characters";
        }

        if (!id.AsSpan().ContainsAnyExcept(s_plain))
        {
            return null;
        }

        foreach (var c in id)
        {
            if (c is '/' or '\\' or '?' or '#' or '%')
            {
                return "path delimiters and percent-encoding are not allowed";
            }

            if (char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029')
            {
                return "control characters are not allowed";
            }
        }

        return null;
    }
}
