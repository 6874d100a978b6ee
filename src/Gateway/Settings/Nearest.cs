namespace Gateway.Settings;

/// <summary>Guesses what a misspelt name was meant to be.</summary>
internal static class Nearest
{
    /// <summary>Edits (insert, remove, replace) up to which two names count as the same one misspelt.</summary>
    private const int MaxEdits = 2;

    /// <summary><c>; did you mean "providers"?</c>, or nothing when no known name is near.</summary>
    public static string Hint(string name, IEnumerable<string> known)
    {
        var best = known.Select(candidate => (Name: candidate, Edits: Edits(name, candidate)))
            .Where(candidate => candidate.Edits <= MaxEdits && candidate.Edits < candidate.Name.Length)
            .OrderBy(candidate => candidate.Edits).ThenBy(candidate => candidate.Name, StringComparer.Ordinal)
            .FirstOrDefault();
        return best.Name is null ? "" : $"; did you mean \"{best.Name}\"?";
    }

    private static int Edits(string one, string other)
    {
        if (Math.Abs(one.Length - other.Length) > MaxEdits)
        {
            return int.MaxValue;
        }

        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var replaced = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[other.Length];
    }
}
