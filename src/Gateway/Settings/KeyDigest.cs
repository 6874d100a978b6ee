using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Gateway.Settings;

/// <summary>
/// What is kept of a client key's value: its SHA-256. A value has at least as much chance as the hash would take to guess, so that neither salt nor
/// stretching would add anything (OWASP Password Storage Cheat Sheet is about passwords, which people choose). Compared in constant time.
/// </summary>
internal readonly struct KeyDigest : IEquatable<KeyDigest>
{
    /// <summary>Beginning of the values that Bifrost makes; written in any case.</summary>
    public const string Prefix = "sk-bf-";

    /// <summary>Longest value, in characters.</summary>
    public const int MaxLength = 512;

    private readonly UInt128 _high;
    private readonly UInt128 _low;

    private KeyDigest(ReadOnlySpan<byte> hash) => (_high, _low) = (MemoryMarshal.Read<UInt128>(hash), MemoryMarshal.Read<UInt128>(hash[16..]));

    /// <summary>The digest of a value; null for one that is too long to be one.</summary>
    public static KeyDigest? Of(ReadOnlySpan<char> value)
    {
        if (value.Length > MaxLength)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[Encoding.UTF8.GetMaxByteCount(MaxLength)];
        bytes = bytes[..Encoding.UTF8.GetBytes(value, bytes)];
        if (value.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            Encoding.UTF8.GetBytes(Prefix, bytes);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, hash);
        CryptographicOperations.ZeroMemory(bytes);
        return new KeyDigest(hash);
    }

    /// <inheritdoc/>
    public bool Equals(KeyDigest other) => CryptographicOperations.FixedTimeEquals(
        MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in this, 1)), MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in other, 1)));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is KeyDigest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _low.GetHashCode() ^ _high.GetHashCode();

    /// <summary>Nothing that could be looked up.</summary>
    public override string ToString() => "***";
}
