using System.Collections.Immutable;

namespace Gateway.Settings;

/// <summary>The configuration cannot be used. Says everything that is wrong with it, each with its place; never a secret.</summary>
internal sealed class ConfigurationException : Exception
{
    /// <summary>Refuses a configuration for these reasons.</summary>
    public ConfigurationException(ImmutableArray<ConfigProblem> problems)
        : base(string.Join('\n', problems)) => Problems = problems;

    /// <summary>Refuses a configuration that could not even be read.</summary>
    public ConfigurationException(string reason)
        : base(reason)
    {
    }

    /// <summary>The problems in the order of the file; empty when there was no file to read.</summary>
    public ImmutableArray<ConfigProblem> Problems { get; } = [];
}

/// <summary>Something an operator should change.</summary>
/// <param name="Source">Name of the file, or of the environment variable, it is in.</param>
/// <param name="ListPosition">Where in the file; null outside of one.</param>
/// <param name="Path">JSON path, e.g. <c>$.providers.openai.keys[0].weight</c>; empty outside of a file.</param>
/// <param name="Reason">What is wrong and what is expected.</param>
internal sealed record ConfigProblem(string Source, TextPlace? ListPosition, string Path, string Reason)
{
    /// <summary><c>file:line:column path: reason</c>, the form editors and terminals make clickable.</summary>
    public override string ToString() => ListPosition is { } place ? $"{Source}:{place.Line}:{place.Column} {Path}: {Reason}" : $"{Source}: {Reason}";
}

/// <summary>A place in a text file, as editors count: from 1, the column in UTF-16 code units.</summary>
internal readonly record struct TextPlace(int Line, int Column);
