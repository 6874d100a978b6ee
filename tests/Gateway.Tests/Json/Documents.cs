using System.Text;
using CsCheck;

namespace Gateway.Tests.Json;

/// <summary>JSON as strangers write it: any white space, any escapes, any number text, names given twice.</summary>
internal static class Documents
{
    public static readonly Gen<string> Space = Documents.AnyOf("", "", " ", "\n", "\t", "\r\n  ");

    public static readonly Gen<string> Name = Gen.OneOf(
        Documents.AnyOf(
            "id", "data", "object", "first_id", "last_id", "has_more", "provider", "extra_fields", "prov\\u0069der", "\\ud800", "\\\"", ""),
        Gen.String[Gen.Char["abcxyz_ä漢"], 1, 5]);

    private static readonly Gen<string> s_scalar = Gen.OneOf(
        Documents.AnyOf(
            "null", "true", "false", "0", "-0", "1.0", "1E400", "123456789012345678901234567890", "\"\"", "\"\\ud800\"", "\"}\"", "\"\\\\\""),
        Name.Select(name => $"\"{name}\""));

    public static Gen<string> AnyOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(index => texts[index]);

    /// <summary>Any value up to this depth.</summary>
    public static Gen<string> Value(int depth) => depth == 0
        ? s_scalar
        : Gen.Frequency((4, s_scalar), (1, Array(depth)), (1, Object(depth)));

    /// <summary>Members as written, without the separators.</summary>
    public static Gen<(string Name, string Text)> Member(int depth) =>
        Gen.Select(Name, Space, Space, Value(depth), (name, before, after, value) => (name, $"\"{name}\"{before}:{after}{value}"));

    public static Gen<string> Object(int depth) =>
        Gen.Select(Member(depth - 1).Array[0, 5], Space, Space, (members, before, after) =>
            "{" + before + string.Join("," + after, members.Select(member => member.Text + before)) + "}");

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static Gen<string> Array(int depth) =>
        Gen.Select(Value(depth - 1).Array[0, 4], Space, (values, space) => "[" + space + string.Join("," + space, values) + "]");
}
