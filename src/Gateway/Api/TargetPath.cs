using System.Text;

namespace Gateway.Api;

/// <summary>
/// The path as the client sent it. Kestrel resolves <c>%2e%2e</c> before routing and leaves <c>%2F</c> encoded, so ids are judged on the raw target,
/// never on the routed path.
/// </summary>
internal static class TargetPath
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The decoded segments of a raw request target; a segment that is not valid UTF-8 is null.</summary>
    public static List<string?> Segments(string rawTarget)
    {
        var path = PathOf(rawTarget).TrimStart('/');
        var segments = new List<string?>(path.Count('/') + 1);
        foreach (var range in path.Split('/'))
        {
            segments.Add(Decode(path[range]));
        }

        return segments;
    }

    /// <summary>The path within an origin-form or absolute-form target.</summary>
    private static ReadOnlySpan<char> PathOf(string rawTarget)
    {
        var target = rawTarget.AsSpan();
        var scheme = target.IndexOf("://", StringComparison.Ordinal);
        if (scheme > 0 && !target.StartsWith("/"))
        {
            target = target[(scheme + 3)..];
            var slash = target.IndexOf('/');
            target = slash < 0 ? "/" : target[slash..];
        }

        var end = target.IndexOfAny('?', '#');
        return end < 0 ? target : target[..end];
    }

    /// <summary>Percent-decodes strictly: an incomplete escape stays as it is (and is refused as an id), bytes must be UTF-8.</summary>
    private static string? Decode(ReadOnlySpan<char> segment)
    {
        if (!segment.Contains('%'))
        {
            // Those of every request need not be made anew.
            return segment switch
            {
                "" => "",
                "v1" => "v1",
                "openai" => "openai",
                "containers" => "containers",
                "files" => "files",
                "content" => "content",
                _ => segment.ToString(),
            };
        }

        var bytes = new List<byte>(segment.Length);
        for (var i = 0; i < segment.Length; i++)
        {
            if (segment[i] == '%' && i + 2 < segment.Length && char.IsAsciiHexDigit(segment[i + 1]) && char.IsAsciiHexDigit(segment[i + 2]))
            {
                bytes.Add(byte.Parse(segment.Slice(i + 1, 2), System.Globalization.NumberStyles.HexNumber, null));
                i += 2;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(segment[i].ToString()));
            }
        }

        try
        {
            return s_strict.GetString(bytes.ToArray());
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
