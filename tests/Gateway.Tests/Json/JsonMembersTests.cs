using System.Buffers;
using System.Text;
using System.Text.Json;
using CsCheck;
using Gateway.Providers.Json;
using Xunit;

namespace Gateway.Tests.Json;

public sealed class JsonMembersTests
{
    [Fact]
    public void Cutting_a_member_leaves_every_other_byte() =>
        Gen.Select(Documents.Member(2).Array[0, 6], Documents.Space, Documents.Space).Sample((members, lead, tail) =>
        {
            var json = Write(members.Select(member => member.Text), lead, tail);
            var cut = Text(JsonMembers.Without(Documents.Bytes(json), "provider"u8));
            var kept = members.Where(member => member.Name is not ("provider" or "prov\\u0069der")).Select(member => member.Text).ToList();
            Assert.Equal(Values(Write(kept, "", "")), Values(cut));
            Assert.All(kept, member => Assert.Contains(member, cut, StringComparison.Ordinal));
            Assert.True(kept.Count != members.Length || cut == json);
            Assert.True(JsonMembers.TryFindEnd(Documents.Bytes(cut), out _, out var isEmpty));
            Assert.Equal(kept.Count == 0, isEmpty);
        });

    [Fact]
    public void Adding_members_leaves_every_byte() =>
        Gen.Select(Documents.Object(3), Documents.Space, Documents.Space).Sample((json, before, after) =>
        {
            var bytes = Documents.Bytes(before + json + after);
            Assert.True(JsonMembers.TryFindEnd(bytes, out var close, out var isEmpty));
            var output = new ArrayBufferWriter<byte>();
            JsonMembers.Splice(output, bytes, close, isEmpty, "\"added\":1"u8);
            var text = Text(output.WrittenMemory);
            Assert.StartsWith(Text(bytes.AsMemory(0, close)), text, StringComparison.Ordinal);
            Assert.EndsWith("\"added\":1" + Text(bytes.AsMemory(close)), text, StringComparison.Ordinal);
            Assert.True(JsonMembers.TryFindEnd(output.WrittenSpan, out _, out _));
        });

    [Fact]
    public void Any_bytes_are_judged_without_a_throw() =>
        Gen.Byte.Array[0, 40].Sample(bytes =>
        {
            if (JsonMembers.TryFindEnd(bytes, out var close, out _))
            {
                Assert.Equal((byte)'}', bytes[close]);
            }
        });

    [Fact]
    public void A_document_with_one_byte_changed_is_judged_without_a_throw() =>
        Gen.Select(Documents.Object(3), Gen.Int[0, int.MaxValue], Gen.Byte).Sample((json, at, value) =>
        {
            var bytes = Documents.Bytes(json);
            bytes[at % bytes.Length] = value;
            JsonMembers.Without(bytes, "provider"u8);
            Assert.False(JsonPage.TryComplete(bytes, out _, out _) && !JsonMembers.TryFindEnd(bytes, out _, out _));
        });

    [Theory]
    [InlineData("""["a":1]""")]
    [InlineData("""["a",{"provider":1}]""")]
    [InlineData("""{"a" []}""")]
    [InlineData("")]
    public void What_is_no_object_keeps_all_it_has(string json) =>
        Assert.Equal(json, Text(JsonMembers.Without(Documents.Bytes(json), "provider"u8)));

    private static string Write(IEnumerable<string> members, string lead, string tail) =>
        "{" + lead + string.Join(tail + "," + lead, members) + tail + "}";

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    /// <summary>Names and values in order, free of white space between them.</summary>
    private static List<string> Values(string json)
    {
        var reader = new Utf8JsonReader(Documents.Bytes(json));
        var tokens = new List<string>();
        while (reader.Read())
        {
            tokens.Add(reader.TokenType + Encoding.UTF8.GetString(reader.ValueSpan));
        }

        return tokens;
    }
}
