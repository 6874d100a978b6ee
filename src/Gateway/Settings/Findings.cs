using System.Collections.Immutable;

namespace Gateway.Settings;

/// <summary>
/// Collects what a reading finds, so that an operator sees all of it at once. Whatever a secret's text slipped into is blacked out here, the only
/// way out.
/// </summary>
internal sealed class Findings(ConfigText text)
{
    /// <summary>Shorter texts are too likely to be part of ordinary words.</summary>
    private const int ShortestHidden = 4;

    private readonly List<ConfigProblem> _problems = [];
    private readonly List<ConfigProblem> _warnings = [];
    private readonly HashSet<string> _hidden = [];

    /// <summary>The warnings, as text, in the order of the file.</summary>
    public ImmutableArray<string> Warnings => [.. InOrder(_warnings).Select(warning => warning.ToString())];

    /// <summary>A problem that keeps the configuration from being used.</summary>
    public void Refuse(string path, string reason) => _problems.Add(text.At(path, reason));

    /// <summary>A problem outside of the file.</summary>
    public void RefuseSource(string source, string reason) => _problems.Add(new ConfigProblem(source, null, "", reason));

    /// <summary>Something that deserves attention.</summary>
    public void Warn(string path, string note) => _warnings.Add(text.At(path, note));

    /// <summary>Keeps a text out of every message.</summary>
    public void Hide(string secret)
    {
        if (secret.Length >= ShortestHidden)
        {
            _hidden.Add(secret);
        }
    }

    /// <summary>Throws <see cref="ConfigurationException"/> when anything was refused.</summary>
    public void ThrowIfRefused()
    {
        if (_problems.Count > 0)
        {
            throw new ConfigurationException([.. InOrder(_problems)]);
        }
    }

    private IEnumerable<ConfigProblem> InOrder(IEnumerable<ConfigProblem> found) => found
        .OrderBy(problem => problem.ListPosition?.Line ?? 0).ThenBy(problem => problem.ListPosition?.Column ?? 0)
        .Select(problem => problem with { Reason = _hidden.Aggregate(problem.Reason, (reason, secret) => reason.Replace(secret, "***")) });
}
