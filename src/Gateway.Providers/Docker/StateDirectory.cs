using System.Formats.Tar;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Providers.Docker;

/// <summary>
/// The gateway's own place in a container: the time of its last use, which no process in it can change, and a place for uploads to land that
/// processes can neither list nor tamper with. It belongs to root, as whom nothing in there runs.
/// </summary>
internal static class StateDirectory
{
    /// <summary>Where it is.</summary>
    public const string Path = "/.gateway";

    /// <summary>Where uploads land.</summary>
    public const string Staging = Path + "/in";

    /// <summary>The file with the time of the last use.</summary>
    public const string LastUse = Path + "/" + LastUseName;

    private const string LastUseName = "last_use";
    private const int PrivateFile = 0x180;

    // Anyone may pass, only root may look.
    private const int PassThrough = 0x1C9;

    // Anyone may put a name here and take its own away, only root may see which there are.
    private const int DropBox = 0x3DB;

    // The work directory is its user's, and nobody else is there to be kept out.
    private const int Open = 0x1ED;

    /// <summary>Archives that make the work directory the user's and lay this directory out, with where to unpack each.</summary>
    public static IEnumerable<(string Directory, ReadOnlyMemory<byte> Archive)> Layout(DockerOptions options, long nowMs)
    {
        var now = nowMs / 1000;
        TarEntryFacts Directory(string name, int mode) => new(name, mode, 0, 0, now);
        TarEntryFacts Work(string name) => new(name, Open, options.UserId, options.GroupId, now);
        if (options.ReadOnlyRoot)
        {
            // Each is a volume, and nothing beside them can be written.
            yield return (options.Workdir, TarArchive.Of((Work("./"), [])));
            yield return (Path, TarArchive.Of((Directory("./", PassThrough), []), (Directory("in/", DropBox), []), LastUseEntry(LastUseName, nowMs)));
        }
        else
        {
            yield return ("/", TarArchive.Of(
                (Work(options.Workdir[1..] + "/"), []), (Directory(Path[1..] + "/", PassThrough), []), (Directory(Staging[1..] + "/", DropBox), []),
                LastUseEntry(LastUse[1..], nowMs)));
        }
    }

    /// <summary>An archive that notes a use; to be unpacked in <see cref="Path"/>.</summary>
    public static ReadOnlyMemory<byte> Use(long nowMs) => TarArchive.Of(LastUseEntry(LastUseName, nowMs));

    /// <summary>The time noted in an archive of <see cref="LastUse"/>, or null.</summary>
    public static async ValueTask<long?> ReadUseAsync(Stream archive, CancellationToken cancellationToken)
    {
        try
        {
            var entry = await TarArchive.FirstAsync(archive, cancellationToken);
            if (entry is { EntryType: TarEntryType.RegularFile or TarEntryType.V7RegularFile, Length: > 0 and <= 20, DataStream: { } data })
            {
                var text = new byte[entry.Length];
                await data.ReadExactlyAsync(text, cancellationToken);
                return long.TryParse(Encoding.ASCII.GetString(text), NumberStyles.None, CultureInfo.InvariantCulture, out var time) ? time : null;
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            // Nothing readable is nothing noted.
        }

        return null;
    }

    /// <summary>A name in <see cref="Staging"/> that nobody can guess.</summary>
    public static string NewStagedName() => RandomNumberGenerator.GetHexString(32, lowercase: true);

    private static (TarEntryFacts Facts, byte[] Content) LastUseEntry(string name, long nowMs) =>
        (new TarEntryFacts(name, PrivateFile, 0, 0, nowMs / 1000), Encoding.ASCII.GetBytes(nowMs.ToString(CultureInfo.InvariantCulture)));
}
