using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Creates;

/// <summary>Hashes fields one behind the other, each with its length, so that no two lists of fields give the same bytes.</summary>
internal sealed class FieldHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Adds a text.</summary>
    public void Add(string field) => Add(Encoding.UTF8.GetBytes(field));

    /// <summary>Adds bytes.</summary>
    public void Add(ReadOnlySpan<byte> field)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, field.Length);
        _hash.AppendData(length);
        _hash.AppendData(field);
    }

    /// <summary>The digest of what was added.</summary>
    public Digest End()
    {
        Span<byte> bytes = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(bytes);
        return Digest.Of(bytes);
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();
}
