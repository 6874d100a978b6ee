using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Gateway.Providers.Translation;

/// <summary>A regular file as the container's own shell sees it.</summary>
/// <param name="Path">Path below the work directory.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="ModifiedAt">Unix seconds.</param>
/// <param name="Uploaded">Whether a client put it there.</param>
internal sealed record ShellFile(string Path, long Bytes, long ModifiedAt, bool Uploaded);

/// <summary>What a script said.</summary>
/// <param name="Word">How it ended, e.g. <c>file</c>, <c>missing</c>, <c>end</c>.</param>
/// <param name="Arguments">What belongs to the word.</param>
/// <param name="Files">The files it listed.</param>
internal sealed record ShellResult(string Word, ImmutableArray<string> Arguments, IReadOnlyList<ShellFile> Files);

/// <summary>
/// What has to be done inside a container, as scripts for its shell. They run as the container's own user, so that whatever a process in there
/// prepares for them, they can do nothing that it could not do by itself.
/// <para>
/// Paths are handed over with every byte but the harmless ones as an octal escape. Records begin with the name as <c>find</c> writes it, which never
/// has two slashes in a row; so two slashes end it, whatever else is in it, and the last line, which begins with two, is like no record.
/// </para>
/// </summary>
internal static class Shell
{
    /// <summary>The shell.</summary>
    public const string Program = "/bin/sh";

    /// <summary>
    /// Mode of an uploaded file. The sticky bit means nothing on a file; it tells those a client put there from those a process made, without a
    /// store of its own, and moves with the file.
    /// </summary>
    public const int UploadedMode = 0x3A4;

    private const string Sticky = "1000";

    /// <summary>Lists every regular file below the work directory; links are not followed.</summary>
    public static string[] List(string workdir) => [Program, "-c", ShellScripts.List, "gateway", workdir];

    /// <summary>Looks at one file.</summary>
    public static string[] Look(string workdir, string path) => Command(ShellScripts.Look, workdir, path);

    /// <summary>Deletes one file.</summary>
    public static string[] Delete(string workdir, string path) => Command(ShellScripts.Delete, workdir, path);

    /// <summary>Moves a staged file to its place, making directories on the way.</summary>
    /// <param name="workdir">The work directory.</param>
    /// <param name="path">Path below it.</param>
    /// <param name="staged">Where the file is.</param>
    /// <param name="stored">Bytes it must have.</param>
    /// <param name="bytes">Bytes to keep of them.</param>
    public static string[] Place(string workdir, string path, string staged, long stored, long bytes) =>
        [.. Command(ShellScripts.Place, workdir, path), staged, Number(stored), Number(bytes)];

    /// <summary>Gives a file a second, plain name.</summary>
    public static string[] Share(string workdir, string path, string staged) => [.. Command(ShellScripts.Share, workdir, path), staged];

    /// <summary>Takes such a name back.</summary>
    public static string[] Drop(string staged) => [Program, "-c", ShellScripts.Drop, "gateway", staged];

    /// <summary>Reads what a script said; null when it did not come to its end.</summary>
    public static ShellResult? Parse(ReadOnlySpan<byte> output)
    {
        var files = new List<ShellFile>();
        while (output.IndexOf("//"u8) is >= 0 and var end && output[(end + 2)..].IndexOf((byte)'\n') is >= 0 and var length)
        {
            var name = output[..end];
            var rest = Encoding.UTF8.GetString(output.Slice(end + 2, length)).Split(' ');
            output = output[(end + 2 + length + 1)..];
            if (name.IsEmpty)
            {
                return output.IsEmpty ? new ShellResult(rest[0], [.. rest[1..]], files) : null;
            }

            // A name that is not UTF-8 has no JSON to be shown in, and no id.
            if (name.StartsWith("./"u8) && TranslatedPath.TryReadRelative(name[2..], out var path) && FileOf(path, rest) is { } file)
            {
                files.Add(file);
            }
        }

        return null;
    }

    /// <summary>The file an answer speaks of.</summary>
    public static ShellFile? FileOf(string path, IReadOnlyList<string> facts) =>
        facts.Count == 3 && long.TryParse(facts[0], out var bytes) && long.TryParse(facts[1], out var modified)
            ? new ShellFile(path, bytes, modified, facts[2].Length == Sticky.Length && (facts[2][0] - '0') % 2 == 1)
            : null;

    /// <summary>A path as <c>printf %b</c> reads it back.</summary>
    public static string Escape(string path)
    {
        var text = new StringBuilder(path.Length);
        foreach (var b in Encoding.UTF8.GetBytes(path))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'.' or (byte)'_' or (byte)'-' or (byte)'/')
            {
                text.Append((char)b);
            }
            else
            {
                text.Append("\\0").Append((char)('0' + (b >> 6))).Append((char)('0' + ((b >> 3) & 7))).Append((char)('0' + (b & 7)));
            }
        }

        return text.ToString();
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string[] Command(string script, string workdir, string path)
    {
        var slash = path.LastIndexOf('/');
        return [Program, "-c", script, "gateway", workdir, Escape(slash < 0 ? "" : path[..slash]), Escape(path[(slash + 1)..])];
    }
}
