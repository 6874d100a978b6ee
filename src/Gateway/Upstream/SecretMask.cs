using System.Buffers;
using System.Text;

namespace Gateway.Upstream;

/// <summary>
/// Takes secrets out of a text: as they are, in Base64, percent-encoded, and escaped as JSON may write any character, also within JSON that is quoted
/// in JSON. One pass over a text without escapes, however many secrets there are.
/// </summary>
internal sealed class SecretMask
{
    /// <summary>Bytes looked at together, so that a long text needs no more memory than a short one.</summary>
    private const int WindowSize = 8 * 1024;

    /// <summary>JSON within JSON writes a character with up to seven.</summary>
    private const int LongestEscape = 8;

    private static readonly SearchValues<char> s_base64 = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=");

    private readonly SecretForm[] _forms;
    private readonly SearchValues<string> _search;

    /// <summary>What two windows share, so that a secret across their border is whole in one.</summary>
    private readonly int _overlap;
    private readonly int _step;

    /// <summary><see cref="Apply(string)"/>, made once.</summary>
    public Func<string, string> Clean { get; }

    /// <summary>Makes a mask of these secrets; short ones are left out, since they would be found where they mean something else.</summary>
    public SecretMask(IEnumerable<string> secrets)
    {
        _forms = [.. secrets.Distinct().SelectMany(SecretForms.Of).Distinct()];
        _search = SearchValues.Create([.. _forms.Select(form => form.Text)], StringComparison.Ordinal);
        _overlap = _forms.Select(form => form.Text.Length).DefaultIfEmpty().Max() * LongestEscape;
        _step = Math.Max(WindowSize, _overlap);
        Clean = Apply;
    }

    /// <summary>The text with <c>***</c> for each secret; the same memory when there is none.</summary>
    public ReadOnlyMemory<byte> Apply(ReadOnlyMemory<byte> text)
    {
        if (Find(text.Span) is not { } found)
        {
            return text;
        }

        var output = new ArrayBufferWriter<byte>(text.Length);
        var kept = 0;
        foreach (var (start, end) in found.Order())
        {
            if (start >= kept)
            {
                output.Write(text.Span[kept..start]);
                output.Write("***"u8);
            }

            kept = Math.Max(kept, end);
        }

        output.Write(text.Span[kept..]);
        return output.WrittenMemory;
    }

    /// <summary>The text with <c>***</c> for each secret.</summary>
    public string Apply(string text) => _forms.Length == 0 ? text : Encoding.UTF8.GetString(Apply(Encoding.UTF8.GetBytes(text)).Span);

    /// <summary>Whether the value of a header holds a secret.</summary>
    /// <param name="value">The value, one character for each of its bytes.</param>
    public bool Finds(string value)
    {
        List<(int Start, int End)>? found = null;
        if (_forms.Length > 0)
        {
            FindIn(value, 0, ref found);
        }

        return found is not null;
    }

    private List<(int Start, int End)>? Find(ReadOnlySpan<byte> text)
    {
        if (_forms.Length == 0)
        {
            return null;
        }

        List<(int Start, int End)>? found = null;
        var characters = ArrayPool<char>.Shared.Rent(Math.Min(text.Length, _step + _overlap));
        try
        {
            for (var at = 0; at < text.Length; at += _step)
            {
                var window = text[at..Math.Min(text.Length, at + _step + _overlap)];
                Encoding.Latin1.GetChars(window, characters);
                FindIn(characters.AsSpan(0, window.Length), at, ref found);
            }
        }
        finally
        {
            ArrayPool<char>.Shared.Return(characters);
        }

        return found;
    }

    private void FindIn(ReadOnlySpan<char> window, int offset, ref List<(int Start, int End)>? found)
    {
        for (var at = 0; Next(window, ref at) is var (start, end);)
        {
            (found ??= []).Add((offset + start, offset + end));
        }

        if (!window.ContainsAny('\\', '%'))
        {
            return;
        }

        // Twice, since errors quote JSON in JSON.
        var decoded = DecodedText.Of(window, offset);
        for (var depth = 0; depth < 2 && decoded.Text.Contains('\\'); depth++)
        {
            decoded = decoded.WithoutJsonEscapes();
            FindIn(decoded, ref found);
        }

        if (decoded.Text.Contains('%'))
        {
            FindIn(decoded.WithoutPercents(), ref found);
        }
    }

    private void FindIn(DecodedText decoded, ref List<(int Start, int End)>? found)
    {
        for (var at = 0; Next(decoded.Text, ref at) is var (start, end);)
        {
            (found ??= []).Add(decoded.Written(start, end));
        }
    }

    /// <summary>The next secret from <paramref name="at"/> on, which moves behind its beginning.</summary>
    private (int Start, int End)? Next(ReadOnlySpan<char> text, ref int at)
    {
        if (text[at..].IndexOfAny(_search) is not (>= 0 and var index))
        {
            return null;
        }

        var start = at + index;
        var (from, to) = (start, start);
        foreach (var form in _forms)
        {
            if (text[start..].StartsWith(form.Text, StringComparison.Ordinal))
            {
                to = Math.Max(to, start + form.Text.Length);

                // The characters next to it hold the rest of its first and last byte.
                to += form.IsBase64 && to < text.Length && s_base64.Contains(text[to]) ? 1 : 0;
                from -= form.IsBase64 && from == start && start > 0 && s_base64.Contains(text[start - 1]) ? 1 : 0;
            }
        }

        at = start + 1;
        return (from, to);
    }
}
