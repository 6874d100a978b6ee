using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Gateway.Tests.Docs;

/// <summary>
/// Holds values against the document's schemas: the keywords the document uses, no more; an unknown keyword is a failure, so that no rule is skipped
/// in silence.
/// </summary>
public sealed class SchemaWalk(JsonObject document)
{
    /// <summary>What is wrong with the value, each with its place; nothing when all is well.</summary>
    /// <param name="value">The value.</param>
    /// <param name="schema">A schema of the document.</param>
    /// <param name="allKnown">Whether a member the schema does not list is wrong.</param>
    /// <param name="at">ListPosition of the value.</param>
    public IEnumerable<string> Problems(JsonNode? value, JsonObject schema, bool allKnown, string at = "$")
    {
        schema = Resolve(schema);
        foreach (var (keyword, rule) in schema)
        {
            foreach (var problem in Check(keyword, rule!, value, schema, allKnown, at))
            {
                yield return problem;
            }
        }
    }

    /// <summary>Follows references to where something is written.</summary>
    public JsonObject Resolve(JsonObject node)
    {
        while (node["$ref"] is { } reference)
        {
            JsonNode? target = document;
            foreach (var step in reference.GetValue<string>().Split('/').Skip(1))
            {
                target = target?[step.Replace("~1", "/", StringComparison.Ordinal)];
            }

            node = target?.AsObject() ?? throw new InvalidOperationException($"{reference} leads nowhere.");
        }

        return node;
    }

    private IEnumerable<string> Check(string keyword, JsonNode rule, JsonNode? value, JsonObject schema, bool allKnown, string at)
    {
        switch (keyword)
        {
            case "description" or "examples" or "default" or "format" or "additionalProperties":
                return [];
            case "type":
                var allowed = rule is JsonArray list ? list.Select(type => type!.GetValue<string>()) : [rule.GetValue<string>()];
                return allowed.Any(type => Is(type, value)) ? [] : [$"{at}: {value?.ToJsonString() ?? "null"} is no {rule.ToJsonString()}"];
            case "properties":
                return value is JsonObject members ? Members(members, rule.AsObject(), schema, allKnown, at) : [];
            case "required":
                return rule.AsArray().Select(name => name!.GetValue<string>()).Where(name => value is JsonObject o && !o.ContainsKey(name))
                    .Select(name => $"{at}: {name} is missing");
            case "items":
                return value is JsonArray items
                    ? items.SelectMany((item, index) => Problems(item, rule.AsObject(), allKnown, $"{at}[{index}]"))
                    : [];
            case "enum":
                return rule.AsArray().Any(one => JsonNode.DeepEquals(one, value)) ? [] : [$"{at}: is none of {rule.ToJsonString()}"];
            case "minLength":
                return Text(value) is { } s && s.Length < rule.GetValue<int>() ? [$"{at}: is too short"] : [];
            case "maxLength":
                return Text(value) is { } t && t.Length > rule.GetValue<int>() ? [$"{at}: is too long"] : [];
            case "pattern":
                return Text(value) is { } u && !Regex.IsMatch(u, rule.GetValue<string>()) ? [$"{at}: does not match {rule}"] : [];
            case "minimum":
                return Number(value) < Number(rule) ? [$"{at}: is too small"] : [];
            case "maximum":
                return Number(value) > Number(rule) ? [$"{at}: is too large"] : [];
            default:
                return [$"{at}: the keyword {keyword} is not known here"];
        }
    }

    private IEnumerable<string> Members(JsonObject members, JsonObject known, JsonObject schema, bool allKnown, string at)
    {
        foreach (var (name, value) in members)
        {
            if (known[name] is JsonObject rule)
            {
                foreach (var problem in Problems(value, rule, allKnown, $"{at}.{name}"))
                {
                    yield return problem;
                }
            }
            else if (allKnown && !schema.ContainsKey("additionalProperties"))
            {
                yield return $"{at}.{name}: is not described";
            }
        }
    }

    private static bool Is(string type, JsonNode? value) => type switch
    {
        "null" => value is null,
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value?.GetValueKind() == JsonValueKind.String,
        "boolean" => value?.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "number" => value?.GetValueKind() == JsonValueKind.Number,
        "integer" => value?.GetValueKind() == JsonValueKind.Number && long.TryParse(value.ToJsonString(), CultureInfo.InvariantCulture, out _),
        _ => false,
    };

    private static string? Text(JsonNode? value) => value?.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;

    private static decimal? Number(JsonNode? value) => value?.GetValueKind() == JsonValueKind.Number
        ? decimal.Parse(value.ToJsonString(), CultureInfo.InvariantCulture)
        : null;
}
