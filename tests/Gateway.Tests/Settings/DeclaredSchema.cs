using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Gateway.Settings;

namespace Gateway.Tests.Settings;

/// <summary>Writes into a schema what the documents declare of their members; everything else in it stays.</summary>
internal static class DeclaredSchema
{
    /// <summary>The form of the file.</summary>
    public static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Writes into the schema of a document.</summary>
    public static void Write(JsonObject root, JsonTypeInfo document) => Write(root, root, document);

    private static void Write(JsonObject root, JsonObject schema, JsonTypeInfo type)
    {
        switch (type.Kind)
        {
            case JsonTypeInfoKind.Object:
                var defaults = type.CreateObject!();
                foreach (var member in ShapeCheck.MembersOf(type).Where(member => schema["properties"]?[member.Name] is JsonObject))
                {
                    var node = Follow(root, schema["properties"]![member.Name]!.AsObject());
                    var kind = type.Options.GetTypeInfo(member.PropertyType);
                    Write(root, node, kind);
                    Declare(node, member, kind, member.Get!(defaults));
                }

                break;
            case JsonTypeInfoKind.Enumerable when schema["items"] is JsonObject items:
                Write(root, Follow(root, items), type.Options.GetTypeInfo(type.ElementType!));
                break;
            case JsonTypeInfoKind.Dictionary when schema["patternProperties"] is JsonObject patterns:
                Write(root, Follow(root, patterns.Single().Value!.AsObject()), type.Options.GetTypeInfo(type.ElementType!));
                break;
        }
    }

    private static void Declare(JsonObject schema, JsonPropertyInfo member, JsonTypeInfo kind, object? value)
    {
        if (TypeOf(kind) is { } type)
        {
            schema["type"] = type;
        }

        var bounds = NumberAttribute.Of(member);
        if (bounds is not null)
        {
            Number(schema, kind, bounds);
        }

        if (kind.Kind == JsonTypeInfoKind.None && value is not null)
        {
            schema["default"] = JsonSerializer.SerializeToNode(value, kind);
        }
        else if (bounds is { Default: var fallback } && !double.IsNaN(fallback))
        {
            schema["default"] = (long)fallback;
        }

        if (RestartMembers.Contains(member))
        {
            schema["x-needs-restart"] = true;
        }
        else
        {
            schema.Remove("x-needs-restart");
        }
    }

    /// <summary>The bounds; of a member that may also be a text they are those of its numbers.</summary>
    private static void Number(JsonObject schema, JsonTypeInfo kind, NumberAttribute bounds)
    {
        var numbers = TypeOf(kind) is null ? schema["anyOf"]!.AsArray().Single(form => (string?)form!["type"] == "integer")! : schema;
        numbers["minimum"] = (long)bounds.Min;
        numbers["maximum"] = (long)bounds.Max;
    }

    private static string? TypeOf(JsonTypeInfo kind) => (Nullable.GetUnderlyingType(kind.Type) ?? kind.Type) switch
    {
        var type when type == typeof(JsonElement) => null,
        var type when type == typeof(string) => "string",
        var type when type == typeof(bool) => "boolean",
        var type when type == typeof(int) => "integer",
        var type when type == typeof(double) => "number",
        _ => null,
    };

    private static JsonObject Follow(JsonObject root, JsonObject schema) => (string?)schema["$ref"] is { } reference
        ? root["definitions"]![reference["#/definitions/".Length..]]!.AsObject()
        : schema;
}
