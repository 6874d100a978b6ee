using System.Buffers;

namespace Gateway.Providers.Json;

/// <summary>
/// Changes the top-level members of a JSON object without touching any other byte: number text, escapes, order, white space and duplicates
/// stay as they were written.
/// </summary>
public static class JsonMembers
{
    /// <summary>Deepest nesting accepted, of clients and of providers.</summary>
    public const int MaxDepth = 64;

    /// <summary>Name of the member the gateway adds to every object.</summary>
    public static ReadOnlySpan<byte> ExtraFields => "extra_fields"u8;

    /// <summary>What fits into one piece of any output.</summary>
    private const int MaxAtOnce = 4096;

    /// <summary>One validating pass over a whole document.</summary>
    /// <param name="json">The document.</param>
    /// <param name="close">Index of the closing brace.</param>
    /// <param name="isEmpty">True for an object without members.</param>
    /// <returns>False when it is not exactly one valid UTF-8 JSON object.</returns>
    public static bool TryFindEnd(ReadOnlySpan<byte> json, out int close, out bool isEmpty)
    {
        var isObject = TryRead(json, [], out var shape);
        (close, isEmpty) = (shape.Close, shape.IsEmpty);
        return isObject;
    }

    /// <summary>One validating pass over a whole document.</summary>
    /// <param name="json">The document.</param>
    /// <param name="name">Name of a top-level member to look out for; empty for none.</param>
    /// <param name="shape">What was found.</param>
    /// <returns>False when it is not exactly one valid UTF-8 JSON object.</returns>
    public static bool TryRead(ReadOnlySpan<byte> json, ReadOnlySpan<byte> name, out JsonShape shape)
    {
        var isEmpty = true;
        var hasName = false;
        var members = new MemberReader(json);
        while (members.Next())
        {
            isEmpty = false;
            hasName |= !name.IsEmpty && members.NameIs(name);
        }

        var isObject = members.TryEnd(out var close);
        shape = isObject ? new JsonShape(close, isEmpty, hasName) : default;
        return isObject;
    }

    /// <summary>The valid object <paramref name="json"/> without any top-level member of this name.</summary>
    /// <returns>The same memory when there was none; something as broken as the document when it is no valid object.</returns>
    public static ReadOnlyMemory<byte> Without(ReadOnlyMemory<byte> json, ReadOnlySpan<byte> name)
    {
        ArrayBufferWriter<byte>? output = null;
        var members = new MemberReader(json.Span);
        var end = members.Position;
        var keepsAny = false;
        while (!members.IsArray && members.Next())
        {
            var start = members.MemberStart;
            members.Skip();
            var separator = json.Span[end..start];
            if (members.NameIs(name))
            {
                output ??= Copy(json.Span[..end], json.Length);
            }
            else
            {
                output?.Write(keepsAny ? separator : TrimComma(separator));
                output?.Write(json.Span[start..members.Position]);
                keepsAny = true;
            }

            end = members.Position;
        }

        output?.Write(json.Span[end..]);
        return output?.WrittenMemory ?? json;
    }

    /// <summary>Writes the object with further members placed before its closing brace.</summary>
    /// <param name="output">Receives the result.</param>
    /// <param name="json">A valid object.</param>
    /// <param name="close">Index of its closing brace, from <see cref="TryFindEnd"/>.</param>
    /// <param name="isEmpty">Whether it has no members, from <see cref="TryFindEnd"/>.</param>
    /// <param name="members">Complete members, comma-separated, without a leading comma.</param>
    public static void Splice(IBufferWriter<byte> output, ReadOnlySpan<byte> json, int close, bool isEmpty, ReadOnlySpan<byte> members)
    {
        var length = json.Length + members.Length + (isEmpty ? 0 : 1);
        if (length <= MaxAtOnce)
        {
            var whole = output.GetSpan(length);
            json[..close].CopyTo(whole);
            var rest = whole[close..];
            if (!isEmpty)
            {
                rest[0] = (byte)',';
                rest = rest[1..];
            }

            members.CopyTo(rest);
            json[close..].CopyTo(rest[members.Length..]);
            output.Advance(length);
            return;
        }

        output.Write(json[..close]);
        if (!isEmpty)
        {
            output.Write(","u8);
        }

        output.Write(members);
        output.Write(json[close..]);
    }

    private static ArrayBufferWriter<byte> Copy(ReadOnlySpan<byte> bytes, int capacity)
    {
        var copy = new ArrayBufferWriter<byte>(capacity);
        copy.Write(bytes);
        return copy;
    }

    private static ReadOnlySpan<byte> TrimComma(ReadOnlySpan<byte> separator)
    {
        var comma = separator.IndexOf((byte)',');
        return comma < 0 ? separator : separator[(comma + 1)..];
    }
}

/// <summary>What a validating pass found out about an object.</summary>
/// <param name="Close">Index of the closing brace.</param>
/// <param name="IsEmpty">True for an object without members.</param>
/// <param name="HasName">True when it has the member that was looked out for.</param>
public readonly record struct JsonShape(int Close, bool IsEmpty, bool HasName);
