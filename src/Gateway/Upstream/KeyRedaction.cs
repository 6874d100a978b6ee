using System.Buffers;
using System.Buffers.Text;
using Gateway.Providers.Contract;

namespace Gateway.Upstream;

/// <summary>
/// Takes an account's key out of what its upstream answers. Some upstreams repeat the credential they were sent (in an error, a debug header, an echo);
/// it must not become the client's by that.
/// </summary>
internal static class KeyRedaction
{
    /// <summary>Shorter texts are no keys, and would be found where they mean something else.</summary>
    private const int MinLength = 8;

    /// <summary>The same memory when the key is not in it, neither as it is nor as JSON may write it: with any of its characters escaped (RFC 8259 §7).</summary>
    public static ReadOnlyMemory<byte> Apply(ReadOnlyMemory<byte> body, Secret secret)
    {
        var key = secret.RevealBytes();
        var text = body.Span;
        if (key.Length < MinLength || (text.IndexOf(key) < 0 && !text.Contains((byte)'\\')))
        {
            return body;
        }

        ArrayBufferWriter<byte>? output = null;
        var kept = 0;
        for (var at = 0; text[at..].IndexOfAny(key[0], (byte)'\\') is >= 0 and var next;)
        {
            at += next;
            if (LengthOf(text[at..], key) is { } length)
            {
                output ??= new ArrayBufferWriter<byte>(text.Length);
                output.Write(text[kept..at]);
                output.Write("***"u8);
                kept = at += length;
            }
            else
            {
                // Behind a backslash stands what it escapes, which begins nothing in JSON; elsewhere the key may.
                var step = text[at] == '\\' && !text[(at + 1)..].StartsWith(key) ? 2 : 1;
                at = Math.Min(text.Length, at + step);
            }
        }

        if (output is null)
        {
            return body;
        }

        output.Write(text[kept..]);
        return output.WrittenMemory;
    }

    /// <summary>How many bytes at the beginning of a text spell the key, or null when they do not.</summary>
    private static int? LengthOf(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key)
    {
        if (text.StartsWith(key))
        {
            return key.Length;
        }

        var at = 0;
        foreach (var expected in key)
        {
            var (value, length) = Next(text[at..]);
            if (value != expected)
            {
                return null;
            }

            at += length;
        }

        return at;
    }

    /// <summary>The first character, unescaped, and its length in the text; 0 for what is in no key.</summary>
    private static (byte Value, int Length) Next(ReadOnlySpan<byte> text) => text switch
    {
        [] => (0, 0),
        [(byte)'\\', (byte)'u', _, _, _, _, ..] when Utf8Parser.TryParse(text.Slice(2, 4), out ushort code, out var digits, 'x') && digits == 4 && code < 128 =>
            ((byte)code, 6),
        [(byte)'\\', (byte)'/' or (byte)'"' or (byte)'\\', ..] => (text[1], 2),
        [(byte)'\\', ..] => (0, 1),
        _ => (text[0], 1),
    };

    /// <summary>Whether a header's value holds the key.</summary>
    public static bool Holds(string value, Secret secret) =>
        secret.Reveal() is { Length: >= MinLength } key && value.Contains(key, StringComparison.Ordinal);

    /// <summary>Whether a header's value may be shown: printable ASCII without the key.</summary>
    public static bool IsPresentable(string value, Secret secret) =>
        !value.AsSpan().ContainsAnyExceptInRange(' ', '~') && !Holds(value, secret);
}
