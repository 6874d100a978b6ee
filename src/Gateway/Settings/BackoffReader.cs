using System.Text.Json;

namespace Gateway.Settings;

/// <summary>Reads a wait as Bifrost writes it: under two names, as milliseconds or as a Go duration (<c>500ms</c>, <c>1.5s</c>, <c>1m</c>).</summary>
internal static class BackoffReader
{
    /// <summary>How long one that is not given is.</summary>
    public static TimeSpan Default(string member) => TimeSpan.FromMilliseconds(Bounds(member).Default);

    /// <summary>Reads whichever of <paramref name="member"/> and <c>…_ms</c> is there.</summary>
    public static TimeSpan? Read(string network, string member, JsonElement? plain, JsonElement? inMilliseconds, Reading reading)
    {
        if (plain is not null && inMilliseconds is not null)
        {
            reading.Findings.Refuse($"{network}.{member}_ms", $"says the same as {member}; give only one of the two");
            return null;
        }

        var path = plain is null ? $"{network}.{member}_ms" : $"{network}.{member}";
        if ((plain ?? inMilliseconds) is not { } element)
        {
            return null;
        }

        if (Milliseconds(element) is not { } milliseconds)
        {
            reading.Findings.Refuse(path, "must be a whole number of milliseconds, or a duration such as \"500ms\" or \"5s\"");
            return null;
        }

        if (element.ValueKind != JsonValueKind.Number && Bounds(member).Refusal(milliseconds) is { } refusal)
        {
            reading.Findings.Refuse(path, refusal);
            return null;
        }

        return TimeSpan.FromMilliseconds(milliseconds);
    }

    private static NumberAttribute Bounds(string member) => NumberAttribute.Of(ConfigDocumentContext.Default.NetworkDocument, member);

    private static double? Milliseconds(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Number)
        {
            return element.TryGetInt64(out var number) ? number : null;
        }

        var text = element.ValueKind == JsonValueKind.String ? element.GetString() : "";
        return GoDuration.Milliseconds(text) is { } value ? Math.Round(value) : null;
    }
}
