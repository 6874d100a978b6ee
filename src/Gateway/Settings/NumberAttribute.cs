using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Gateway.Settings;

/// <summary>
/// The bounds of a number in the config file, both included; its default is what the member holds in a new document. Read by <see cref="ShapeCheck"/>
/// and by the schema, which is written from it.
/// </summary>
/// <param name="min">Smallest.</param>
/// <param name="max">Largest.</param>
/// <param name="unit">What is counted, for messages; empty for a number as such.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NumberAttribute(double min, double max, string unit = "") : Attribute
{
    /// <summary>Smallest.</summary>
    public double Min => min;

    /// <summary>Largest.</summary>
    public double Max => max;

    /// <summary>The default of a member that is written in several ways; NaN for one that holds its default itself.</summary>
    public double Default { get; init; } = double.NaN;

    /// <summary>The bounds of a document's member.</summary>
    /// <param name="type">The document.</param>
    /// <param name="member">The member's name in the file.</param>
    public static NumberAttribute Of(JsonTypeInfo type, string member) => Of(type.Properties.Single(property => property.Name == member))
        ?? throw new InvalidOperationException($"{member} has no bounds.");

    /// <summary>The bounds of a document's member, or null.</summary>
    public static NumberAttribute? Of(JsonPropertyInfo member) =>
        (NumberAttribute?)member.AttributeProvider?.GetCustomAttributes(typeof(NumberAttribute), inherit: false).SingleOrDefault();

    /// <summary>Why a number is not allowed, or null.</summary>
    public string? Refusal(double value) =>
        value >= min && value <= max ? null : $"must be {this}, but is {value.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>The same for a value as it is written. One that is no number has been refused for that, or is something else to its reader.</summary>
    public string? Refusal(JsonElement value) => value.ValueKind == JsonValueKind.Number ? Refusal(value.GetDouble()) : null;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{min} to {max} {unit}").TrimEnd();
}
