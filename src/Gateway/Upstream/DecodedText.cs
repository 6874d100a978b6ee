using System.Globalization;
using System.Text;

namespace Gateway.Upstream;

/// <summary>A text of bytes, one a character, with its escapes undone, that knows where each of its characters was written.</summary>
internal sealed class DecodedText
{
    private readonly char[] _text;

    /// <summary>Where each character begins in the bytes, and where the last one ends.</summary>
    private readonly int[] _starts;
    private int _length;

    private DecodedText(int capacity)
    {
        _text = new char[capacity];
        _starts = new int[capacity + 1];
    }

    public ReadOnlySpan<char> Text => _text.AsSpan(0, _length);

    /// <summary>The text as it is.</summary>
    /// <param name="text">A part of the bytes.</param>
    /// <param name="offset">Where it begins.</param>
    public static DecodedText Of(ReadOnlySpan<char> text, int offset)
    {
        var result = new DecodedText(text.Length);
        foreach (var character in text)
        {
            result.Add(character, offset++);
        }

        result._starts[result._length] = offset;
        return result;
    }

    /// <summary>Which bytes these characters were written with, as a range of two positions.</summary>
    public (int Start, int End) Written(int start, int end)
    {
        // Several characters may come from one escape.
        while (end < _length && _starts[end] == _starts[end - 1])
        {
            end++;
        }

        return (_starts[start], _starts[end]);
    }

    /// <summary>Without the escapes of JSON strings (RFC 8259 §7). A backslash that escapes nothing stays one.</summary>
    public DecodedText WithoutJsonEscapes()
    {
        var result = new DecodedText(_length);
        int length;
        for (var at = 0; at < _length; at += length)
        {
            var text = Text[at..];
            length = text is ['\\', '/' or '"' or '\\' or 'b' or 'f' or 'n' or 'r' or 't', ..] ? 2 : 1;
            if (text is ['\\', 'u', ..] && text.Length >= 6 && ushort.TryParse(text.Slice(2, 4), NumberStyles.AllowHexSpecifier, null, out var code))
            {
                length = 6;
                result.AddUtf8(code, _starts[at]);
            }
            else
            {
                result.Add(length == 1 ? text[0] : Unescaped(text[1]), _starts[at]);
            }
        }

        result._starts[result._length] = _starts[_length];
        return result;
    }

    private static char Unescaped(char escape) => escape switch
    {
        'b' => '\b',
        'f' => '\f',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => escape,
    };

    /// <summary>Without percent-encoding (RFC 3986 §2.1).</summary>
    public DecodedText WithoutPercents()
    {
        var result = new DecodedText(_length);
        int length;
        for (var at = 0; at < _length; at += length)
        {
            var text = Text[at..];
            var isEncoded = text is ['%', _, _, ..] && char.IsAsciiHexDigit(text[1]) && char.IsAsciiHexDigit(text[2]);
            length = isEncoded ? 3 : 1;
            result.Add(isEncoded ? (char)byte.Parse(text.Slice(1, 2), NumberStyles.AllowHexSpecifier, null) : text[0], _starts[at]);
        }

        result._starts[result._length] = _starts[_length];
        return result;
    }

    private void Add(char character, int start)
    {
        _text[_length] = character;
        _starts[_length++] = start;
    }

    /// <summary>As the bytes it has outside of JSON, of which six characters always have room for three.</summary>
    private void AddUtf8(ushort code, int start)
    {
        if (code < 0x80 || char.IsSurrogate((char)code))
        {
            Add(code < 0x80 ? (char)code : '?', start);
            return;
        }

        Span<byte> bytes = stackalloc byte[3];
        foreach (var one in bytes[..Encoding.UTF8.GetBytes([(char)code], bytes)])
        {
            Add((char)one, start);
        }
    }
}
