namespace Gateway.Settings;

/// <summary>What every part of a reading works with.</summary>
/// <param name="Findings">Where problems and warnings go.</param>
/// <param name="References">Resolves secrets.</param>
internal sealed record Reading(Findings Findings, References References)
{
    /// <summary>Whether a name or id can be used: short, printable, and not taken.</summary>
    /// <remarks>They travel in logs, metric labels and ids of tenants.</remarks>
    public bool Identifier(string path, string? text, ICollection<string> taken)
    {
        const int MaxLength = 128;
        if (text is not { Length: > 0 and <= MaxLength } || text.Any(c => c is < ' ' or > '~') || text != text.Trim())
        {
            Findings.Refuse(path, $"must be 1 to {MaxLength} printable ASCII characters, without spaces around them");
            return false;
        }

        if (taken.Contains(text, StringComparer.OrdinalIgnoreCase))
        {
            Findings.Refuse(path, $"\"{text}\" is already taken");
            return false;
        }

        return true;
    }

    /// <summary>What an id refers to; null when there is none, or none of that id, which is refused.</summary>
    public T? Find<T>(string path, string? id, Dictionary<string, T> known, string what)
    {
        if (id is null)
        {
            return default;
        }

        if (known.TryGetValue(id, out var found))
        {
            return found;
        }

        Findings.Refuse(path, $"names no {what} of this file{Nearest.Hint(id, known.Keys)}");
        return default;
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
