using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Caching.Hybrid;

namespace Gateway.Cache;

/// <summary>Entries in the shared store: version, times, brace and tag in front of the list's own bytes.</summary>
internal sealed class CachedListSerializer : IHybridCacheSerializer<CachedList>
{
    private const byte Version = 1;
    private const int TagLength = 28;
    private const int HeaderLength = 1 + 8 + 8 + 4 + TagLength;

    public void Serialize(CachedList value, IBufferWriter<byte> target)
    {
        var header = target.GetSpan(HeaderLength);
        header[0] = Version;
        BinaryPrimitives.WriteInt64LittleEndian(header[1..], value.LoadedAt.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(header[9..], value.TrueUntil.UtcTicks);
        BinaryPrimitives.WriteInt32LittleEndian(header[17..], value.Close);
        Encoding.ASCII.GetBytes(value.ETag, header[21..HeaderLength]);
        target.Advance(HeaderLength);
        target.Write(value.Body.Span);
    }

    /// <summary>What cannot be read (another version's, say) is an entry that is fresh for nobody, not an error.</summary>
    public CachedList Deserialize(ReadOnlySequence<byte> source)
    {
        var bytes = source.ToArray();
        if (bytes.Length <= HeaderLength || bytes[0] != Version)
        {
            return CachedList.Unreadable;
        }

        var loadedAt = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(1));
        var trueUntil = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(9));
        var close = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(17));
        var body = bytes.AsMemory(HeaderLength);
        return IsTime(loadedAt) && IsTime(trueUntil) && close > 0 && close < body.Length && body.Span[close] == (byte)'}'
            ? new CachedList(
                body, close, Encoding.ASCII.GetString(bytes, 21, TagLength), new DateTimeOffset(loadedAt, TimeSpan.Zero),
                new DateTimeOffset(trueUntil, TimeSpan.Zero))
            : CachedList.Unreadable;
    }

    private static bool IsTime(long ticks) => ticks >= 0 && ticks <= DateTime.MaxValue.Ticks;
}
