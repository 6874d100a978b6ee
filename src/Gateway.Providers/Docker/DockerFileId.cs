using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Providers.Docker;

/// <summary>
/// The id of a file, made of its place and nothing else: <c>cfile_</c> and base64url of the container's 16 bytes and the path below the work
/// directory. Where that would be longer than 64 characters the path is replaced by a hash, behind an <c>h</c> that makes the text as long as
/// base64url can never be; such an id is resolved by looking through the list.
/// </summary>
/// <param name="ContainerId">The container.</param>
/// <param name="Path">Path below the work directory, or null when the id only has its hash.</param>
internal sealed record DockerFileId(string ContainerId, string? Path)
{
    private const string Prefix = "cfile_";
    private const int MaxLength = 64;
    private const int UuidBytes = 16;
    private const int HashBytes = 14;
    private const int HashedLength = 1 + ((UuidBytes + HashBytes) / 3 * 4);

    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The id of the file at this path.</summary>
    public static string Of(string containerId, string path)
    {
        var bytes = s_strict.GetBytes(path);
        var text = Prefix + Base64Url.EncodeToString([.. DockerIds.Uuid(containerId), .. bytes]);
        return text.Length <= MaxLength
            ? text
            : Prefix + "h" + Base64Url.EncodeToString([.. DockerIds.Uuid(containerId), .. SHA256.HashData(bytes).AsSpan(0, HashBytes)]);
    }

    /// <summary>Reads an id; false for anything <see cref="Of"/> does not make.</summary>
    public static bool TryParse(string text, string provider, [NotNullWhen(true)] out DockerFileId? id)
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
            || length <= UuidBytes)
        {
            return false;
        }

        var containerId = DockerIds.OfUuid(bytes.AsSpan(0, UuidBytes), provider);
        if (isHashed)
        {
            id = new DockerFileId(containerId, null);
            return true;
        }

        // Base64 has more than one spelling of some bytes; one file has one id.
        if (!TryDecode(bytes.AsSpan(UuidBytes, length - UuidBytes), out var path) || Of(containerId, path) != text)
        {
            return false;
        }

        id = new DockerFileId(containerId, path);
        return true;
    }

    /// <summary>Reads a path below the work directory: valid UTF-8 with no component that is empty, <c>.</c> or <c>..</c>.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, out string path)
    {
        try
        {
            path = s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            path = "";
            return false;
        }

        return path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal) && !path.Split('/').Any(part => part is "" or "." or "..");
    }
}
