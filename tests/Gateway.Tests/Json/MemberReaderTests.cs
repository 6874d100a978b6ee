using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using CsCheck;
using Gateway.Providers.Json;
using Xunit;

namespace Gateway.Tests.Json;

public sealed class MemberReaderTests
{
    private static readonly Gen<string> s_document = Gen.OneOf(Documents.Value(3), Documents.Object(3));

    [Fact]
    public void Walk_meets_what_the_document_holds_in_its_order() =>
        Gen.Select(Documents.Object(4), Documents.Space).Sample((json, space) =>
        {
            var bytes = Documents.Bytes(space + json + space);
            using var document = JsonDocument.Parse(bytes);
            var expected = new List<string>();
            Describe(document.RootElement, expected);
            var met = new List<string>();
            var reader = new MemberReader(bytes);
            Describe(ref reader, isArray: false, met);
            Assert.Equal(expected, met);
            Assert.True(reader.TryEnd(out var close));
            Assert.Equal(Array.LastIndexOf(bytes, (byte)'}'), close);
        });

    [Fact]
    public void Values_that_are_not_entered_are_skipped() =>
        Documents.Object(4).Sample(json =>
        {
            using var document = JsonDocument.Parse(json);
            var bytes = Documents.Bytes(json);
            var reader = new MemberReader(bytes);
            var values = new List<string>();
            while (reader.Next())
            {
                var start = reader.ValueStart;
                reader.Skip();
                values.Add(Encoding.UTF8.GetString(bytes.AsSpan(start..reader.Position)));
            }

            Assert.Equal(document.RootElement.EnumerateObject().Select(member => member.Value.GetRawText()), values);
        });

    [Fact]
    public void Any_bytes_are_walked_without_a_throw_and_only_one_valid_object_ends_well() =>
        Gen.Select(s_document, Gen.Int[0, int.MaxValue], Gen.Byte, Gen.Bool).Sample((json, at, value, changes) =>
        {
            var bytes = Documents.Bytes(json);
            if (changes)
            {
                bytes[at % bytes.Length] = value;
            }

            var reader = new MemberReader(bytes);
            Describe(ref reader, reader.IsArray, []);
            Assert.Equal(IsObject(bytes), reader.TryEnd(out _));
        });

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("{")]
    [InlineData("{}{}")]
    [InlineData("{},")]
    [InlineData("{\"a\":}")]
    [InlineData("{\"a\":1,}")]
    [InlineData("[]")]
    [InlineData("1")]
    public void Document_that_is_not_one_object_does_not_end_well(string json)
    {
        var reader = new MemberReader(Documents.Bytes(json));
        while (reader.Next())
        {
        }

        Assert.False(reader.TryEnd(out _));
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(65, false)]
    public void Document_may_be_as_deep_as_the_house_allows(int depth, bool isValid)
    {
        var reader = new MemberReader(Documents.Bytes(string.Concat(Enumerable.Repeat("{\"a\":", depth)) + "1" + new string('}', depth)));
        while (reader.Next())
        {
        }

        Assert.Equal(isValid, reader.TryEnd(out _));
    }

    [Fact]
    public void Names_and_texts_are_compared_as_they_are_meant_and_a_lone_surrogate_is_none()
    {
        var reader = new MemberReader("""{"\u0069d":"\u0061b","\ud800":"\ud800","n":1.5,"i":7}"""u8);
        Assert.True(reader.Next() && reader.NameIs("id"u8) && reader.TextIs("ab"u8));
        Assert.True(reader is { Name: "id", Text: "ab", Number: null });
        Assert.True(reader.Next() && !reader.NameIs("\\ud800"u8) && !reader.TextIs("\\ud800"u8));
        Assert.True(reader is { Name: null, Text: null });
        Assert.True(reader.Next() && reader is { Number: 1.5, Integer: null, Text: null });
        Assert.True(reader.Next() && reader is { Number: 7, Integer: 7 });
        Assert.True(!reader.Next() && reader.TryEnd(out _));
    }

    private static void Describe(ref MemberReader reader, bool isArray, List<string> met)
    {
        while (reader.Next())
        {
            met.Add(isArray ? "-" : reader.Name ?? "?");
            if (reader.EnterObject())
            {
                Describe(ref reader, isArray: false, met);
            }
            else if (reader.EnterArray())
            {
                Describe(ref reader, isArray: true, met);
            }
            else
            {
                met.Add(reader.Text ?? $"{reader.Type}");
            }
        }
    }

    private static void Describe(JsonElement element, List<string> expected)
    {
        foreach (var (name, value) in element.ValueKind == JsonValueKind.Array
            ? element.EnumerateArray().Select(item => ("-", item))
            : element.EnumerateObject().Select(member => (TextOf(() => member.Name) ?? "?", member.Value)))
        {
            expected.Add(name);
            if (value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
            {
                Describe(value, expected);
            }
            else
            {
                expected.Add(value.ValueKind == JsonValueKind.String ? TextOf(() => value.GetString()) ?? "String" : $"{value.ValueKind}");
            }
        }
    }

    private static string? TextOf(Func<string?> text)
    {
        try
        {
            return text();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsObject(byte[] bytes)
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = JsonMembers.MaxDepth });
            return document.RootElement.ValueKind == JsonValueKind.Object && Utf8.IsValid(bytes);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
