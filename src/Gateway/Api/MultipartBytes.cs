using System.Buffers;
using System.Text;

namespace Gateway.Api;

/// <summary>Cuts parts out of multipart bytes without touching the others. Pure.</summary>
internal static class MultipartBytes
{
    /// <summary>The bytes without the parts at these positions.</summary>
    /// <param name="bytes">A multipart body, or its beginning, which holds the parts to cut completely.</param>
    /// <param name="boundary">Its boundary.</param>
    /// <param name="sections">Positions of the parts to cut, ascending, from 0.</param>
    public static ReadOnlyMemory<byte> WithoutSection(ReadOnlyMemory<byte> bytes, string boundary, IReadOnlyList<int> sections)
    {
        if (sections.Count == 0)
        {
            return bytes;
        }

        var delimiters = Delimiters(bytes.Span, boundary);
        var output = new ArrayBufferWriter<byte>(bytes.Length);
        var from = 0;
        foreach (var section in sections)
        {
            // Part n runs from its delimiter to the next one; the line break in front of a delimiter belongs to the delimiter. The first
            // delimiter of a body may stand at its very start, without a line break, and then the next one takes that place.
            var (start, end) = (delimiters[section], delimiters[section + 1]);
            output.Write(bytes.Span[from..Math.Max(from, start)]);
            from = end;
            if (output.WrittenCount == 0 && bytes.Span[end..].StartsWith("\r\n"u8))
            {
                from += 2;
            }
        }

        output.Write(bytes.Span[from..]);
        return output.WrittenMemory;
    }

    /// <summary>
    /// Number of bytes that are not content when this section is the last one and nothing is behind it; null when its headers have no end.
    /// </summary>
    /// <param name="bytes">The beginning of a multipart body, with the headers of the section.</param>
    /// <param name="boundary">Its boundary.</param>
    /// <param name="section">Position of the section, from 0.</param>
    public static int? AroundLastSection(ReadOnlySpan<byte> bytes, string boundary, int section) =>

        // A line break, the boundary between four hyphens; the line break behind it is optional.
        ContentOf(bytes, boundary, section) + boundary.Length + 6;

    /// <summary>Where the content of a section begins; null when its headers have no end.</summary>
    public static int? ContentOf(ReadOnlySpan<byte> bytes, string boundary, int section)
    {
        var delimiters = Delimiters(bytes, boundary);
        if (section >= delimiters.Count || bytes[delimiters[section]..].IndexOf("\r\n\r\n"u8) is not (>= 0 and var headers))
        {
            return null;
        }

        return delimiters[section] + headers + 4;
    }

    /// <summary>
    /// Whether the first delimiter stands where every reader finds it: at the beginning of a line. Lines in front of it are legal (RFC 2046 §5.1.1),
    /// but readers disagree on a boundary within one of them.
    /// </summary>
    public static bool BoundaryBeginsALine(ReadOnlySpan<byte> bytes, string boundary)
    {
        var delimiter = Encoding.ASCII.GetBytes("--" + boundary);
        return bytes.IndexOf(delimiter) is >= 0 and var first && (first == 0 || bytes[..first].EndsWith("\r\n"u8));
    }

    private static List<int> Delimiters(ReadOnlySpan<byte> bytes, string boundary)
    {
        var delimiter = Encoding.ASCII.GetBytes("\r\n--" + boundary);
        var positions = new List<int>();
        if (bytes.StartsWith(delimiter.AsSpan(2)))
        {
            positions.Add(0);
        }

        for (var from = 0; ;)
        {
            var index = bytes[from..].IndexOf(delimiter);
            if (index < 0)
            {
                return positions;
            }

            positions.Add(from + index);
            from += index + delimiter.Length;
        }
    }
}
