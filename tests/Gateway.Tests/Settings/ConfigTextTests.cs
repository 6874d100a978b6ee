using System.Text;
using System.Text.Json;
using CsCheck;
using Gateway.Settings;
using Xunit;

namespace Gateway.Tests.Settings;

public sealed class ConfigTextTests
{
    [Theory]
    [InlineData("$", 1, 1)]
    [InlineData("$.a", 2, 3)]
    [InlineData("$.b", 4, 3)]
    [InlineData("$.b[0]", 4, 10)]
    [InlineData("$.b[1].c", 5, 13)]
    [InlineData("$.b[1]['d e']", 5, 21)]
    [InlineData("$.é.x", 6, 22)]
    [InlineData("$.b[1].missing", 5, 11)]
    [InlineData("$.nowhere.at.all", 1, 1)]
    public void Path_of_a_finding_is_where_an_editor_shows_it(string path, int line, int column)
    {
        var text = Parse(
            "{\n  \"a\": 1,\n  // a comment\n  \"b\": [ 1,\n          { \"c\": 2, \"d e\": 3 }, ],\n  \"ääää\": \"ü\", \"é\": {\"x\": 1}\n}");
        path = path.Replace("$.é", JsonPath.Member("$", "é"), StringComparison.Ordinal);
        Assert.Equal(new TextPlace(line, column), text.Locate(path));
    }

    [Theory]
    [InlineData("utf-16", true, "UTF-16 (little-endian)")]
    [InlineData("utf-16", false, "UTF-16 (little-endian)")]
    [InlineData("utf-16BE", true, "UTF-16 (big-endian)")]
    [InlineData("utf-16BE", false, "UTF-16 (big-endian)")]
    [InlineData("utf-32", true, "UTF-32 (little-endian)")]
    [InlineData("utf-32", false, "UTF-32 (little-endian)")]
    public void Configuration_in_another_encoding_is_refused_with_its_name(string name, bool isMarked, string shown)
    {
        var encoding = Encoding.GetEncoding(name);
        byte[] bytes = [.. isMarked ? encoding.GetPreamble() : [], .. encoding.GetBytes("{ \"providers\": {} }")];
        var refused = Assert.Throws<ConfigurationException>(() => ConfigText.Parse("gateway.json", bytes));
        Assert.Equal($"gateway.json:1:1 $: the text is in {shown}; save it as UTF-8", refused.Message);
    }

    [Fact]
    public void Every_member_of_any_document_is_found_where_it_is_written()
    {
        string[] letters = ["a", "b", ".", "'", "\"", "[", "]", "\\", "\n", " ", "é", "😀"];
        var name = Gen.Int[0, letters.Length - 1].Array[0, 4].Select(indices => string.Concat(indices.Select(index => letters[index])));
        var space = Gen.Int[0, 5].Select(i => new[] { "", " ", "\n", "\t\r\n ", "/* é */", "// x\n" }[i]);
        Gen.Select(name, name.Where(n => n.Length > 0), space, space).Sample((outer, inner, before, between) =>
        {
            var outerJson = JsonSerializer.Serialize(outer);
            var innerJson = JsonSerializer.Serialize(inner);
            var json = $"{before}{{{between}{outerJson} :{between}[{before}0,{between}{{{before}{innerJson}:{between}1}}]}}";
            var text = Parse(json);
            var outerPath = JsonPath.Member("$", outer);
            var innerPath = JsonPath.Member(JsonPath.Element(outerPath, 1), inner);
            return TextAt(json, text.Locate(outerPath)).StartsWith(outerJson, StringComparison.Ordinal)
                && TextAt(json, text.Locate(innerPath)).StartsWith(innerJson, StringComparison.Ordinal)
                && JsonPath.Parent(innerPath) == JsonPath.Element(outerPath, 1) && JsonPath.Parent(outerPath) == "$";
        });
    }

    [Theory]
    [InlineData("", "gateway.json:1:1 $: ")]
    [InlineData("{\n \"a\": 1\n \"b\": 2 }", "gateway.json:3:2 $.a: ")]
    [InlineData("{\"a\": [1, 2}", "gateway.json:1:12 $.a[1]: ")]
    [InlineData("{\"ä\": x}", "gateway.json:1:7 ")]
    [InlineData("{\"a\": 1} {", "gateway.json:1:10 $: ")]
    public void Broken_json_is_refused_where_it_breaks(string json, string start) =>
        Assert.StartsWith(start, Assert.Throws<ConfigurationException>(() => Parse(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_member_given_twice_is_refused_at_its_second_place()
    {
        var refused = Assert.Throws<ConfigurationException>(() => Parse("{ \"a\": { \"b\": 1,\n\"\\u0062\": 2 }, \"c\": 1, \"c\": 1 }"));
        Assert.Equal(
            [
                "gateway.json:2:1 $.a.b: the member is given twice; remove one of the two",
                "gateway.json:2:24 $.c: the member is given twice; remove one of the two",
            ],
            refused.Message.Split('\n'));
    }

    [Fact]
    public void Text_that_is_not_unicode_is_refused_with_its_place()
    {
        byte[] broken = [.. "{ \"a\": \""u8, 0xff, .. "\" }"u8];
        Assert.Contains("gateway.json:1:8 $.a", Assert.Throws<ConfigurationException>(() => ConfigText.Parse("gateway.json", broken)).Message);
        Assert.Contains("gateway.json:1:8 $.a", Assert.Throws<ConfigurationException>(() => Parse("{ \"a\": \"\\ud800\" }")).Message);
    }

    [Fact]
    public void A_secret_without_quotes_is_not_repeated() =>
        Assert.DoesNotContain("topsecret", Assert.Throws<ConfigurationException>(() => Parse("{ \"value\": ntopsecret }")).Message);

    [Fact]
    public void Comments_trailing_commas_and_a_byte_order_mark_are_allowed()
    {
        byte[] bytes = [.. Encoding.UTF8.Preamble, .. "{ /* why */ \"a\": [1,], // end\n}"u8];
        using var document = ConfigText.Parse("gateway.json", bytes).ToDocument();
        Assert.Equal(1, document.RootElement.GetProperty("a")[0].GetInt32());
        Assert.Equal(new TextPlace(1, 13), ConfigText.Parse("gateway.json", bytes).Locate("$.a"));
    }

    [Fact]
    public void Comments_and_trailing_commas_are_allowed_anywhere_in_a_configuration()
    {
        const string Text = """
            { // one
              "providers": {
                "local": { "local_config": { /* small */ "max_total_size_mb": 5, }, },
                "azure": { "keys": [ { "name": "a", "value": "k", "azure_key_config": { "endpoint": "https://a.example.com", }, }, ], }, // last
              },
            }
            """;
        Assert.Equal(2, ConfigFile.Read(Text).Providers.Count);
    }

    private static ConfigText Parse(string json) => ConfigText.Parse("gateway.json", Encoding.UTF8.GetBytes(json));

    private static string TextAt(string json, TextPlace place) => string.Join('\n', json.Split('\n')[(place.Line - 1)..])[(place.Column - 1)..];
}
