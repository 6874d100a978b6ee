using System.Globalization;
using Microsoft.OpenApi;

namespace Gateway.Docs;

/// <summary>The few words schemas are written in.</summary>
internal static class Shape
{
    public static OpenApiSchema Text(string? description = null) => new() { Type = JsonSchemaType.String, Description = description };

    /// <summary>Text or <c>null</c>.</summary>
    public static OpenApiSchema OptionalText(string description) =>
        new() { Type = JsonSchemaType.String | JsonSchemaType.Null, Description = description };

    public static OpenApiSchema Flag(string description) => new() { Type = JsonSchemaType.Boolean, Description = description };

    public static OpenApiSchema Integer(string description) => new() { Type = JsonSchemaType.Integer, Description = description };

    public static OpenApiSchema Int64(string description) =>
        new() { Type = JsonSchemaType.Integer, Format = "int64", Description = description };

    public static OpenApiSchema List(IOpenApiSchema items, string description) =>
        new() { Type = JsonSchemaType.Array, Items = items, Description = description };

    /// <summary>An object of any member names with text values.</summary>
    public static OpenApiSchema Map(string description) =>
        new() { Type = JsonSchemaType.Object, AdditionalProperties = Text(), Description = description };

    /// <summary>An object whose members are the provider's business.</summary>
    public static OpenApiSchema Opaque(string description) => new() { Type = JsonSchemaType.Object, Description = description };

    /// <summary>An object; members that are not listed are allowed, as everywhere in this API.</summary>
    public static OpenApiSchema Object(string description, IEnumerable<(string Name, IOpenApiSchema Schema)> members, params string[] required) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Properties = members.ToDictionary(member => member.Name, member => member.Schema),
        Required = required.Length == 0 ? null : required.ToHashSet(),
    };

    public static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
