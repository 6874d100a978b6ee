using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Gateway.Providers.Json;

/// <summary>
/// Walks through a JSON document that a stranger has written, without a model of it and without a throw: <see cref="Next"/> goes from member to
/// member of the object, or from item to item of the array, that was entered last. Values that are not entered are skipped. A member may be given
/// twice; whoever walks lets the last one count, as clients' parsers do. Whether the document is valid is known at its end, see
/// <see cref="TryEnd"/>.
/// </summary>
public ref struct MemberReader
{
    private readonly ReadOnlySpan<byte> _document;
    private Utf8JsonReader _json;
    private ReadOnlySpan<byte> _name;
    private int _nameStart;
    private bool _isNameEscaped;
    private bool _enters;
    private bool _isBroken;

    /// <summary>Begins within the document's object or array.</summary>
    public MemberReader(ReadOnlySpan<byte> document)
    {
        _document = document;
        _json = new Utf8JsonReader(document, new JsonReaderOptions { MaxDepth = JsonMembers.MaxDepth });
        _enters = Read() && IsOpening;
        IsArray = Type == JsonTokenType.StartArray;
    }

    /// <summary>Whether the document is an array.</summary>
    public bool IsArray { get; }

    /// <summary>What the value is, or what it begins with.</summary>
    public readonly JsonTokenType Type => _json.TokenType;

    /// <summary>Where the member's name begins.</summary>
    public readonly int MemberStart => _nameStart;

    /// <summary>Where the value begins.</summary>
    public readonly int ValueStart => (int)_json.TokenStartIndex;

    /// <summary>How far has been read: behind the value, once it has been skipped or its last member read.</summary>
    public readonly int Position => (int)_json.BytesConsumed;

    /// <summary>The value if it is a text, else null. An escaped lone surrogate is JSON and no text.</summary>
    public readonly string? Text
    {
        get
        {
            try
            {
                return Type == JsonTokenType.String ? _json.GetString() : null;
            }
            catch (InvalidOperationException)
            {
                return null;
            }
        }
    }

    /// <summary>The value if it is a number, else null.</summary>
    public readonly double? Number => Type == JsonTokenType.Number && _json.TryGetDouble(out var number) ? number : null;

    /// <summary>The value if it is a whole number of 64 bits, else null.</summary>
    public readonly long? Integer => Type == JsonTokenType.Number && _json.TryGetInt64(out var number) ? number : null;

    /// <summary>The member's name; null for an escaped lone surrogate.</summary>
    public readonly string? Name => _isNameEscaped ? NameReader().Text : Encoding.UTF8.GetString(_name);

    private readonly bool IsOpening => Type is JsonTokenType.StartObject or JsonTokenType.StartArray;

    /// <summary>Goes to the next member or item.</summary>
    /// <returns>False at the end of the object or array, which is the value of the one around it, or when the document is broken.</returns>
    public bool Next()
    {
        if (!_enters)
        {
            Skip();
        }

        _enters = false;
        if (!Read() || Type is JsonTokenType.EndObject or JsonTokenType.EndArray)
        {
            return false;
        }

        if (Type != JsonTokenType.PropertyName)
        {
            return true;
        }

        _name = _json.ValueSpan;
        _nameStart = (int)_json.TokenStartIndex;
        _isNameEscaped = _json.ValueIsEscaped;
        return Read();
    }

    /// <summary>Whether the member has this name. One with an escaped lone surrogate is the same as nothing.</summary>
    public readonly bool NameIs(ReadOnlySpan<byte> name) => _isNameEscaped ? NameReader().TextIs(name) : _name.SequenceEqual(name);

    /// <summary>Whether the value is this text.</summary>
    public readonly bool TextIs(ReadOnlySpan<byte> text)
    {
        try
        {
            return Type == JsonTokenType.String && _json.ValueTextEquals(text);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Goes into the value if it is an object: the next member is its first.</summary>
    public bool EnterObject() => _enters = Type == JsonTokenType.StartObject;

    /// <summary>Goes into the value if it is an array: the next item is its first.</summary>
    public bool EnterArray() => _enters = Type == JsonTokenType.StartArray;

    /// <summary>Goes to the end of the value.</summary>
    public void Skip()
    {
        if (_isBroken || !IsOpening)
        {
            return;
        }

        try
        {
            _json.Skip();
        }
        catch (JsonException)
        {
            _isBroken = true;
        }
    }

    /// <summary>Ends the walk, after <see cref="Next"/> was false for the document's own object.</summary>
    /// <param name="close">Index of its closing brace.</param>
    /// <returns>False when the document is not exactly one object of valid JSON in valid UTF-8.</returns>
    public bool TryEnd(out int close)
    {
        close = ValueStart;
        return !IsArray && Type == JsonTokenType.EndObject && _json.CurrentDepth == 0 && !Read() && !_isBroken && Utf8.IsValid(_document);
    }

    // The token alone, as a document of its own.
    private readonly MemberReader NameReader() => new(_document.Slice(_nameStart, _name.Length + 2));

    private bool Read()
    {
        try
        {
            return !_isBroken && _json.Read();
        }
        catch (JsonException)
        {
            _isBroken = true;
            return false;
        }
    }
}
