using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Gateway.Providers.Translation;

/// <summary>Where the id of a file leads.</summary>
/// <param name="ContainerId">The container.</param>
/// <param name="Path">Path below the work directory, or null when the id only has its hash.</param>
internal sealed record PathFileId(string ContainerId, string? Path);

/// <summary>
/// The ids of files at a provider that knows files by their paths. An id is made of the file's place and nothing else: <c>cfile_</c> and base64url of
/// the container's bytes and the path below the work directory. Where that would be longer than 64 characters the path is replaced by a hash, behind
/// an <c>h</c> that makes the text as long as base64url can never be; such an id is resolved by looking through the list.
/// </summary>
/// <param name="containerBytes">Number of bytes that tell a provider's containers apart, at most 28.</param>
/// <param name="bytesOf">Those of a container's id.</param>
/// <param name="containerOf">The id of the container with these bytes.</param>
internal sealed class PathFileIds(int containerBytes, Func<string, byte[]> bytesOf, Func<ReadOnlySpan<byte>, string> containerOf)
{
    private const string Prefix = "cfile_";
    private const int MaxLength = 64;
    private const int MinHashBytes = 12;

    // In threes base64 has no remainder, which makes the length what the letter in front then spoils.
    private readonly int _hashBytes = ((containerBytes + MinHashBytes + 2) / 3 * 3) - containerBytes;

    private int HashedLength => 1 + ((containerBytes + _hashBytes) / 3 * 4);

    /// <summary>The id of the file at this path.</summary>
    public string Of(string containerId, string path)
    {
        var bytes = TranslatedPath.Utf8.GetBytes(path);
        var text = Prefix + Base64Url.EncodeToString([.. bytesOf(containerId), .. bytes]);
        return text.Length <= MaxLength
            ? text
            : Prefix + "h" + Base64Url.EncodeToString([.. bytesOf(containerId), .. SHA256.HashData(bytes).AsSpan(0, _hashBytes)]);
    }

    /// <summary>Reads an id; false for anything <see cref="Of"/> does not make.</summary>
    public bool TryParse(string text, [NotNullWhen(true)] out PathFileId? id)
    {
        id = null;
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || text.Length > MaxLength)
        {
            return false;
        }

        var encoded = text.AsSpan(Prefix.Length);
        var isHashed = encoded.Length == HashedLength && encoded[0] == 'h';
        var bytes = new byte[MaxLength];
        if (Base64Url.DecodeFromChars(isHashed ? encoded[1..] : encoded, bytes, out _, out var length) != OperationStatus.Done
            || length <= containerBytes)
        {
            return false;
        }

        var containerId = containerOf(bytes.AsSpan(0, containerBytes));
        if (isHashed)
        {
            id = new PathFileId(containerId, null);
            return true;
        }

        // Base64 has more than one spelling of some bytes; one file has one id.
        if (!TranslatedPath.TryReadRelative(bytes.AsSpan(containerBytes, length - containerBytes), out var path) || Of(containerId, path) != text)
        {
            return false;
        }

        id = new PathFileId(containerId, path);
        return true;
    }

    /// <summary>The path of a file of a container; throws <see cref="TranslationRefusedException"/> (404) for what cannot be one.</summary>
    /// <param name="fileId">The file.</param>
    /// <param name="containerId">Its container.</param>
    /// <param name="list">Paths of all files there; asked only when the id does not tell.</param>
    public async ValueTask<string> ResolveAsync(string fileId, string containerId, Func<ValueTask<IEnumerable<string>>> list) =>
        TryParse(fileId, out var id) && id.ContainerId == containerId
            ? id.Path ?? (await list()).FirstOrDefault(path => Of(containerId, path) == fileId) ?? throw TranslatedErrors.UnknownFile(fileId)
            : throw TranslatedErrors.UnknownFile(fileId);
}
