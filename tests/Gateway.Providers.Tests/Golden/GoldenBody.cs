using System.Formats.Tar;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Gateway.Providers.Tests.Golden;

/// <summary>
/// A body as text, by its content type. JSON and text are themselves. An archive is a line per entry: <c>file</c>, <c>directory</c> or <c>link</c>,
/// mode, owner, Unix time, name, and the content of a file as a JSON string or the target of a link. Anything else is text in which <c>\x</c> and two
/// digits stand for a byte that is no printable ASCII.
/// </summary>
internal static class GoldenBody
{
    public const string Json = "application/json";

    private const string Tar = "application/x-tar";

    public static string Show(byte[] body, string type) =>
        type == Tar ? ShowArchive(body)
        : IsText(type) ? Encoding.UTF8.GetString(body)
        : string.Concat(body.Select(b => b is (byte)'\n' or (>= 0x20 and < 0x7F and not (byte)'\\') ? ((char)b).ToString() : $"\\x{b:x2}"));

    public static byte[] Read(string text, string type)
    {
        if (type == Tar)
        {
            return ReadArchive(text);
        }

        if (IsText(type))
        {
            return Encoding.UTF8.GetBytes(text);
        }

        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            bytes.Add(text[i] == '\\' ? byte.Parse(text.AsSpan(i + 2, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) : (byte)text[i]);
            i += text[i] == '\\' ? 3 : 0;
        }

        return [.. bytes];
    }

    private static bool IsText(string type) => type == Json || type.StartsWith("text/", StringComparison.Ordinal);

    private static string ShowArchive(byte[] archive)
    {
        var text = new StringBuilder();
        using var reader = new TarReader(new MemoryStream(archive));
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            var mode = Convert.ToString((int)entry.Mode, 8).PadLeft(4, '0');
            var kind = entry.EntryType switch { TarEntryType.Directory => "directory", TarEntryType.RegularFile => "file", var other => $"{other}" };
            var time = entry.ModificationTime.ToUnixTimeSeconds();
            text.Append(CultureInfo.InvariantCulture, $"{kind} {mode} {entry.Uid}:{entry.Gid} {time} {entry.Name}");
            if (entry.EntryType == TarEntryType.RegularFile)
            {
                using var content = new StreamReader(entry.DataStream ?? Stream.Null);
                text.Append(' ').Append(JsonSerializer.Serialize(content.ReadToEnd()));
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static byte[] ReadArchive(string text)
    {
        var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            {
                var parts = line.Split(' ', 6);
                var owner = parts[2].Split(':');
                var entry = new UstarTarEntry(TypeOf(parts[0]), parts[4])
                {
                    Mode = (UnixFileMode)Convert.ToInt32(parts[1], 8),
                    Uid = int.Parse(owner[0], CultureInfo.InvariantCulture),
                    Gid = int.Parse(owner[1], CultureInfo.InvariantCulture),
                    ModificationTime = DateTimeOffset.FromUnixTimeSeconds(long.Parse(parts[3], CultureInfo.InvariantCulture)),
                };
                if (entry.EntryType == TarEntryType.RegularFile)
                {
                    entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(JsonSerializer.Deserialize<string>(parts[5])!));
                }
                else if (entry.EntryType == TarEntryType.SymbolicLink)
                {
                    entry.LinkName = parts[5];
                }

                writer.WriteEntry(entry);
            }
        }

        return archive.ToArray();
    }

    private static TarEntryType TypeOf(string word) => word switch
    {
        "directory" => TarEntryType.Directory,
        "link" => TarEntryType.SymbolicLink,
        _ => TarEntryType.RegularFile,
    };
}
