namespace Gateway.Settings;

/// <summary>What every part of a reading works with.</summary>
/// <param name="Findings">Where problems and warnings go.</param>
/// <param name="References">Resolves secrets.</param>
internal sealed record Reading(Findings Findings, References References)
{
    /// <summary>A number within its bounds, both included; the default when absent, or when refused so that reading can go on.</summary>
    public int Number(string path, int? value, Bounds bounds, int fallback)
    {
        if (value is { } given && (given < bounds.Min || given > bounds.Max))
        {
            Findings.Refuse(path, $"must be {bounds}, but is {given}");
            return fallback;
        }

        return value ?? fallback;
    }

    /// <summary>The text of a resolved reference, or null; a missing one is added to <paramref name="missing"/>.</summary>
    public static string? TextOf(Reference reference, ICollection<string> missing)
    {
        if (reference is Reference.Missing { Reason: var reason })
        {
            missing.Add(reason);
        }

        return reference is Reference.Found { Text: var text } ? text : null;
    }

    /// <summary>An optional address that may be a reference; null when absent, missing or refused.</summary>
    public string? Url(string path, string? text, ICollection<string> missing)
    {
        if (text is null || TextOf(References.Resolve(path, text), missing) is not { } url)
        {
            return null;
        }

        if (Urls.CheckUpstream(url) is { } reason)
        {
            Findings.Refuse(path, reason);
            return null;
        }

        return url;
    }
}
