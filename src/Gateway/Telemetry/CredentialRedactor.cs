using System.Buffers;
using System.Text.RegularExpressions;
using Gateway.Access;
using Gateway.Settings;
using Gateway.Upstream;
using Microsoft.Extensions.Compliance.Redaction;

namespace Gateway.Telemetry;

/// <summary>
/// Replaces credentials within a text by <c>***</c>: every secret of a provider wherever it stands, and what looks like a credential of anybody.
/// For the rare events that quote others; far too slow for a path that every request takes.
/// </summary>
internal sealed partial class CredentialRedactor(SettingsSource settings) : Redactor
{
    private const string Mask = "***";

    /// <summary>
    /// Beginnings of well-known kinds of keys. No id begins like that; who puts a key where an id belongs shall not find it in a log.
    /// </summary>
    private static readonly string[] s_beginnings =
    [
        "sk-", "sk_", "pk-", "pk_", "rk-", "rk_", "ghp_", "gho_", "xox", "AKIA", "AIza", "ya29.", "eyJ", "Bearer",
    ];

    private static readonly SearchValues<string> s_inPath = SearchValues.Create(
        [.. s_beginnings.Select(beginning => "/" + beginning)], StringComparison.Ordinal);

    /// <summary>A path made of such ids as spans may show it.</summary>
    public static string ShownPath(string path) => path.AsSpan().ContainsAny(s_inPath) ? Mask : path;

    /// <summary>An id of a client as logs and spans may show it; cheap enough for every request.</summary>
    public static string? Shown(string? id) => id is not null && IsKey(id) ? Mask : id;

    /// <summary>Whether what stands where an id belongs is a key by its beginning.</summary>
    public static bool IsKey(string id)
    {
        foreach (var beginning in s_beginnings)
        {
            if (id.StartsWith(beginning, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    public override int GetRedactedLength(ReadOnlySpan<char> input) => Apply(input.ToString()).Length;

    public override int Redact(ReadOnlySpan<char> source, Span<char> destination)
    {
        var text = Apply(source.ToString());
        text.CopyTo(destination);
        return text.Length;
    }

    public override string Redact(string? source) => string.IsNullOrEmpty(source) ? "" : Apply(source);

    private string Apply(string text)
    {
        foreach (var provider in settings.Current.Providers.Values)
        {
            text = ProviderSecrets.Of(provider).Apply(text);
        }

        try
        {
            text = Word().Replace(text, word => Masked(word.Value));
            return LooksLikeCredential().Replace(text, Mask);
        }
        catch (RegexMatchTimeoutException)
        {
            return Mask;
        }
    }

    /// <summary>Client keys are known by their hashes only; so each word is looked up, and each part of a path or assignment.</summary>
    private string Masked(string word)
    {
        if (IsClientKey(word))
        {
            return Mask;
        }

        return word.AsSpan().ContainsAny('/', '=') ? Part().Replace(word, part => IsClientKey(part.Value) ? Mask : part.Value) : word;
    }

    private bool IsClientKey(string word) =>
        KnownCallers.Of(settings.Current).Find(word) is not null
        || (settings.Current.Server.AdminToken is { } token && KeyDigest.Of(word) is { } digest && digest.Equals(token));

    [GeneratedRegex(@"[A-Za-z0-9\-._~+/=]{8,}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex Word();

    [GeneratedRegex("[^/=]{8,}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex Part();

    [GeneratedRegex(
        @"\b(?:sk|pk|rk|ghp|gho|xox[a-z]|AKIA|AIza|ya29)[-_.]?[A-Za-z0-9_\-.]{8,}"
        + @"|\beyJ[A-Za-z0-9_\-]{8,}(?:\.[A-Za-z0-9_\-]*)*"
        + @"|(?<=\b(?:bearer|basic)(?:\s|%20|\+)+)[^\s'"",;]+"
        + @"|(?<=\b(?:api[-_]?key|authorization|secret|token|password)[""']?\s*(?:=|:|%3[Aa]|%3[Dd])\s*[""']?)[^\s'"",;&]+",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 100)]
    private static partial Regex LooksLikeCredential();
}
