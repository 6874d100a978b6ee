using System.Buffers;
using System.Text;
using CsCheck;
using Gateway.Cache;
using Gateway.Providers.Contract;
using Xunit;

namespace Gateway.Tests.Cache;

public sealed class CachedListSerializerTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 24, 10, 20, 30, 456, TimeSpan.Zero);

    [Fact]
    public void Cached_list_comes_back_as_it_was()
    {
        var list = CachedList.Of(
            new Reply.Json("""{"data":[{"id":"é","n":1.0}],"has_more":false} """u8.ToArray()), Operation.ContainerFileList, s_now)!;
        var back = Back(list);
        Assert.Equal((list.Close, list.ETag, list.LoadedAt, list.TrueUntil), (back.Close, back.ETag, back.LoadedAt, back.TrueUntil));
        Assert.Equal(list.Body.ToArray(), back.Body.ToArray());
        Assert.Equal((byte)'}', back.Body.Span[back.Close]);
    }

    /// <summary>Another version of the gateway, or anybody, may have written there.</summary>
    [Fact]
    public void Bytes_of_a_store_that_are_no_cached_list_are_a_miss() => Gen.Byte.Array[0, 200].Sample(
        bytes =>
        {
            var list = new CachedListSerializer().Deserialize(new ReadOnlySequence<byte>(bytes));
            return !list.IsFresh(s_now, TimeSpan.FromDays(1), DateTimeOffset.MinValue) || list.Body.Span[list.Close] == (byte)'}';
        },
        iter: 20_000);

    [Fact]
    public void Flipped_bit_never_makes_a_cached_list_that_cannot_be_sent()
    {
        var list = CachedList.Of(new Reply.Json("""{"data":[]}"""u8.ToArray()), Operation.ContainerList, s_now)!;
        var buffer = new ArrayBufferWriter<byte>();
        new CachedListSerializer().Serialize(list, buffer);
        for (var bit = 0; bit < 8 * buffer.WrittenCount; bit++)
        {
            var bytes = buffer.WrittenSpan.ToArray();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            var back = new CachedListSerializer().Deserialize(new ReadOnlySequence<byte>(bytes));
            Assert.True(back == CachedList.Unreadable || back.Body.Span[back.Close] == (byte)'}');
        }
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("{\"data\":[]")]
    [InlineData("")]
    public void Reply_that_is_no_list_is_not_kept_in_the_cache(string body) =>
        Assert.Null(CachedList.Of(new Reply.Json(Encoding.UTF8.GetBytes(body)), Operation.ContainerList, s_now));

    private static CachedList Back(CachedList list)
    {
        var buffer = new ArrayBufferWriter<byte>();
        new CachedListSerializer().Serialize(list, buffer);
        return new CachedListSerializer().Deserialize(new ReadOnlySequence<byte>(buffer.WrittenMemory));
    }
}
