using Microsoft.Extensions.Compliance.Classification;

namespace Gateway.Telemetry;

/// <summary>
/// What text that others chose may hold, as classes of data; each has a redactor in <see cref="TelemetrySetup"/>. Names and ids that were checked
/// need none; bodies, headers and queries are in no event at all.
/// </summary>
internal static class DataClasses
{
    private const string Taxonomy = "Gateway";

    /// <summary>Text of a client that was not checked, such as the path of a request nobody answers.</summary>
    public static DataClassification ClientText { get; } = new(Taxonomy, nameof(ClientText));

    /// <summary>Text of an exception: the framework's messages quote what they could not use, credentials included.</summary>
    public static DataClassification Defect { get; } = new(Taxonomy, nameof(Defect));
}
