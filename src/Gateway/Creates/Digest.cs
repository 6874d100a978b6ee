using System.Buffers.Binary;

namespace Gateway.Creates;

/// <summary>A SHA-256 hash as a key: 32 bytes, whatever was hashed.</summary>
internal readonly record struct Digest(UInt128 High, UInt128 Low)
{
    /// <summary>The digest of 32 hash bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> hash) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));

    /// <summary>64 hexadecimal digits.</summary>
    public override string ToString() => $"{High:x32}{Low:x32}";
}
