using System.Text.Json.Nodes;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Gateway.Tests.Docs;

/// <summary>The served schemas are those of the product's own schema document; more is allowed, less or other is not.</summary>
public sealed class ProductSchemaTests(DescribedGateway gateway) : IClassFixture<DescribedGateway>
{
    /// <summary>Members that may be null here: an empty page has no first and no last object, and OpenAI's clients expect null.</summary>
    private static readonly string[] s_nullable = ["first_id", "last_id"];

    public static TheoryData<string> Names => [.. Product().Children.Keys.Select(Text)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Schemas_of_the_product_are_served_under_the_same_name_with_the_same_members(string name)
    {
        Assert.True(gateway.Schemas.ContainsKey(name), $"{name} is not served");
        AssertSame((YamlMappingNode)Product()[name], gateway.Schemas[name]!.AsObject(), name);
    }

    [Fact]
    public void Schemas_of_the_product_name_only_what_is_served()
    {
        var served = gateway.Schemas.Select(schema => schema.Key).ToHashSet();
        Assert.Superset(
            new HashSet<string>(["ModelProvider", "BifrostResponseExtraFields", "ErrorResponse", "OpenAIContainerCreateRequest"]), served);
        Assert.Equal(["name"], gateway.Schemas["OpenAIContainerCreateRequest"]!["required"]!.AsArray().Select(name => name!.GetValue<string>()));
    }

    [Fact]
    public void Values_that_the_product_lists_stay_valid()
    {
        foreach (var (name, schema) in Product().Children)
        {
            if (schema is YamlMappingNode { } mapping && mapping.Children.TryGetValue("enum", out var values))
            {
                Assert.All((YamlSequenceNode)values, value => Assert.Empty(
                    gateway.Walk.Problems(JsonValue.Create(Text(value)), gateway.Schemas[Text(name)]!.AsObject(), allKnown: true)));
            }
        }
    }

    private static void AssertSame(YamlMappingNode product, JsonObject served, string at)
    {
        if (product.Children.TryGetValue("$ref", out var reference))
        {
            Assert.Equal(Text(reference).Split('/')[^1], served["$ref"]?.GetValue<string>().Split('/')[^1]);
            return;
        }

        Assert.True(Types(served, at).Contains(Text(product["type"])), $"{at} is a {Text(product["type"])}, served as {served["type"]}");
        Assert.Equal(s_nullable.Contains(at.Split('.')[^1]) ? 2 : 1, Types(served, at).Length);
        Assert.Equal(product.Children.TryGetValue("format", out var format) ? Text(format) : null, served["format"]?.GetValue<string>());
        Assert.Equal(Listed(product, "required"), (served["required"] as JsonArray ?? []).Select(name => name!.GetValue<string>()).Order());
        var members = product.Children.TryGetValue("properties", out var properties) ? (YamlMappingNode)properties : new YamlMappingNode();
        foreach (var (member, schema) in members)
        {
            var described = served["properties"]?[Text(member)];
            Assert.True(described is not null, $"{at}.{member} is not served");
            AssertSame((YamlMappingNode)schema, described.AsObject(), $"{at}.{member}");
        }

        foreach (var inner in new[] { "items", "additionalProperties" })
        {
            if (product.Children.TryGetValue(inner, out var rule))
            {
                AssertSame((YamlMappingNode)rule, served[inner]!.AsObject(), $"{at}.{inner}");
            }
        }
    }

    private static string[] Types(JsonObject served, string at) => served["type"] switch
    {
        JsonArray list => [.. list.Select(type => type!.GetValue<string>())],
        { } one => [one.GetValue<string>()],
        null => throw new InvalidOperationException($"{at} has no type: {served.ToJsonString()}"),
    };

    private static IEnumerable<string> Listed(YamlMappingNode schema, string list) =>
        schema.Children.TryGetValue(list, out var names) ? ((YamlSequenceNode)names).Select(Text).Order() : [];

    private static YamlMappingNode Product()
    {
        using var reader = File.OpenText(System.IO.Path.Combine(AppContext.BaseDirectory, "Docs", "containers.schema.yaml"));
        var yaml = new YamlStream();
        yaml.Load(reader);
        return (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    private static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;
}
