using System.Buffers.Binary;
using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Gateway.Providers.Translation;

namespace Gateway.Providers.Docker;

/// <summary>An entry of an archive to be unpacked in a container.</summary>
/// <param name="Name">Path below the directory it is unpacked in, ASCII, at most 100 bytes; a directory ends with a slash.</param>
/// <param name="Mode">Permissions.</param>
/// <param name="UserId">Owner.</param>
/// <param name="GroupId">Owner's group.</param>
/// <param name="ModifiedAt">Unix seconds.</param>
internal sealed record TarEntryFacts(string Name, int Mode, int UserId, int GroupId, long ModifiedAt);

/// <summary>Archives as the engine takes and gives them: written around a stream of known length, read up to their first entry.</summary>
internal static class TarArchive
{
    private const int Block = 512;
    private const long MaxOctalSize = (1L << 33) - 1;

    /// <summary>An archive of entries that are small and at hand.</summary>
    public static ReadOnlyMemory<byte> Of(params ReadOnlySpan<(TarEntryFacts Facts, byte[] Content)> entries)
    {
        var archive = new MemoryStream();
        foreach (var (facts, content) in entries)
        {
            archive.Write(Header(facts, content.Length));
            archive.Write(content);
            archive.SetLength(archive.Position = Padded(archive.Position));
        }

        archive.SetLength(archive.Length + (2 * Block));
        return archive.ToArray();
    }

    /// <summary>An archive of one file whose bytes are read as the archive is.</summary>
    /// <returns>The archive and its length.</returns>
    public static (Stream Archive, long Length) Of(TarEntryFacts facts, Stream content, long length)
    {
        var end = new byte[Padded(length) - length + (2 * Block)];
        return (
            new JoinedStream(new MemoryStream(Header(facts, length)), new ExactStream(content, length), new MemoryStream(end)),
            Padded(length) + (3 * Block));
    }

    /// <summary>
    /// The first entry of an archive, its data still to be read; null when there is none. Throws <see cref="InvalidDataException"/> or
    /// <see cref="EndOfStreamException"/> when it is no archive.
    /// </summary>
    public static async ValueTask<TarEntry?> FirstAsync(Stream archive, CancellationToken cancellationToken)
    {
        await using var reader = new TarReader(archive, leaveOpen: true);
        try
        {
            return await reader.GetNextEntryAsync(copyData: false, cancellationToken);
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException("The archive's header is malformed.", exception);
        }
    }

    private static byte[] Header(TarEntryFacts facts, long size)
    {
        var header = new byte[Block];
        Encoding.ASCII.GetBytes(facts.Name, header.AsSpan(0, 100));
        Octal(header.AsSpan(100, 8), facts.Mode);
        Octal(header.AsSpan(108, 8), facts.UserId);
        Octal(header.AsSpan(116, 8), facts.GroupId);
        Size(header.AsSpan(124, 12), size);
        Octal(header.AsSpan(136, 12), facts.ModifiedAt);
        header[156] = facts.Name.EndsWith('/') ? (byte)'5' : (byte)'0';
        "ustar\u000000"u8.CopyTo(header.AsSpan(257));
        header.AsSpan(148, 8).Fill((byte)' ');
        var sum = 0;
        foreach (var b in header)
        {
            sum += b;
        }

        Octal(header.AsSpan(148, 7), sum);
        return header;
    }

    // 8 GiB and more do not fit into eleven octal digits; the high bit then says that the number is binary.
    private static void Size(Span<byte> field, long size)
    {
        if (size <= MaxOctalSize)
        {
            Octal(field, size);
        }
        else
        {
            field[0] = 0x80;
            BinaryPrimitives.WriteInt64BigEndian(field[4..], size);
        }
    }

    private static void Octal(Span<byte> field, long value)
    {
        var digits = Convert.ToString(value, 8).PadLeft(field.Length - 1, '0');
        if (digits.Length > field.Length - 1)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value.ToString(CultureInfo.InvariantCulture));
        }

        Encoding.ASCII.GetBytes(digits, field);
        field[^1] = 0;
    }

    private static long Padded(long length) => (length + Block - 1) / Block * Block;
}
