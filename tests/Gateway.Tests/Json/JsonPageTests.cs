using System.Text;
using System.Text.Json;
using CsCheck;
using Gateway.Providers.Json;
using Xunit;

namespace Gateway.Tests.Json;

public sealed class JsonPageTests
{
    private static readonly Gen<string> s_data = Gen.OneOf(
        Documents.AnyOf("null", "{}", "1", "[1]", "[[]]", "[{}]", "[{\"id\":1}]", "[{\"id\":\"\\ud800\"}]", "[null]"),
        Gen.Int[0, 3].Select(count => "[" + string.Join(" , ", Enumerable.Range(0, count).Select(n => $"{{\"id\":\"i{n}\",\"x\":[{n}.0]}}")) + "]"));

    [Fact]
    public void Whatever_is_completed_has_all_five_members_and_no_other_change() =>
        Gen.Select(s_data, Gen.Bool, Documents.Member(2).Array[0, 4], Gen.Int[0, 4]).Sample((data, hasData, others, at) =>
        {
            var members = others.Where(member => member.Name != "data").Select(member => member.Text).ToList();
            if (hasData)
            {
                members.Insert(Math.Min(at, members.Count), $"\"data\":{data}");
            }

            var json = Encoding.UTF8.GetBytes("{" + string.Join(",", members) + "}");
            Assert.True(JsonMembers.TryFindEnd(json, out _, out _));
            if (!JsonPage.TryComplete(json, out var page, out var shape))
            {
                return;
            }

            using var document = JsonDocument.Parse(page);
            var root = document.RootElement;
            Assert.Equal(JsonValueKind.Array, Member(root, "data").ValueKind);
            Assert.True(Member(root, "has_more").ValueKind is JsonValueKind.True or JsonValueKind.False);
            Assert.Equal(JsonValueKind.String, Member(root, "object").ValueKind);
            Assert.True(Member(root, "first_id").ValueKind is JsonValueKind.String or JsonValueKind.Null);
            Assert.True(Member(root, "last_id").ValueKind is JsonValueKind.String or JsonValueKind.Null);
            Assert.Equal(
                Member(root, "data").GetArrayLength() > 0 && hasData,
                Member(root, "last_id").ValueKind == JsonValueKind.String && hasData && data != "[]" && data != "null");
            Assert.True(JsonPage.TryComplete(page, out var again, out var known));
            Assert.True(again.Span.SequenceEqual(page.Span));
            Assert.True(JsonMembers.TryRead(page.Span, JsonMembers.ExtraFields, out var expected));
            Assert.Equal(expected, known);
            Assert.True(shape is null || shape == expected);
        });

    private static JsonElement Member(JsonElement root, string name) => root.EnumerateObject().Last(member => Raw(member) == name).Value;

    private static string Raw(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }
}
