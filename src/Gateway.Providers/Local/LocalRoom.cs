using System.Text;
using Gateway.Sqlite;

namespace Gateway.Providers.Local;

/// <summary>
/// What the quota counts besides the bytes of files: a fixed number for each row, and its texts, those that an index repeats twice. The statements
/// and the functions give the same numbers.
/// </summary>
internal static class LocalRoom
{
    /// <summary>Bytes that the row of a container counts, less its texts.</summary>
    public const int ContainerRow = 1024;

    /// <summary>Bytes that the row of a file counts, less its texts.</summary>
    public const int FileRow = 512;

    /// <summary>What each row of <c>containers</c> counts.</summary>
    public const string OfContainer =
        "(1024 + 2 * length(CAST(name AS BLOB)) + length(CAST(ifnull(network_policy, '') AS BLOB)) + length(CAST(ifnull(metadata, '') AS BLOB)))";

    /// <summary>What each row of <c>files</c> counts, with the bytes.</summary>
    public const string OfFile = "(512 + bytes + 2 * length(CAST(path AS BLOB)) + length(CAST(content_type AS BLOB)))";

    /// <summary>What the row of a container counts.</summary>
    public static long Of(string name, string? networkPolicy, string? metadata) =>
        ContainerRow + (2 * Utf8(name)) + Utf8(networkPolicy) + Utf8(metadata);

    /// <summary>What the row of a file counts, without the bytes.</summary>
    public static long OfRow(string path, string contentType) => FileRow + (2 * Utf8(path)) + Utf8(contentType);

    /// <summary>What everything that is stored counts.</summary>
    public static long Total(SqliteSession session) =>
        session.Number($"SELECT sum({OfFile}) FROM files") + session.Number($"SELECT sum({OfContainer}) FROM containers");

    private static long Utf8(string? text) => text is null ? 0 : Encoding.UTF8.GetByteCount(text);
}
