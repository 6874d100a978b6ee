using System.Buffers;
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

    /// <summary>The same memory when the key is not in it.</summary>
    public static ReadOnlyMemory<byte> Apply(ReadOnlyMemory<byte> body, Secret secret)
    {
        var bytes = secret.RevealBytes();
        if (bytes.Length < MinLength || body.IsEmpty)
        {
            return body;
        }

        var at = body.Span.IndexOf(bytes);
        if (at < 0)
        {
            return body;
        }

        var output = new ArrayBufferWriter<byte>(body.Length);
        var rest = body.Span;
        for (; at >= 0; at = rest.IndexOf(bytes))
        {
            output.Write(rest[..at]);
            output.Write("***"u8);
            rest = rest[(at + bytes.Length)..];
        }

        output.Write(rest);
        return output.WrittenMemory;
    }

    /// <summary>Whether a header's value holds the key.</summary>
    public static bool Holds(string value, Secret secret) =>
        secret.Reveal() is { Length: >= MinLength } key && value.Contains(key, StringComparison.Ordinal);

    /// <summary>Whether a header's value may be shown: printable ASCII without the key.</summary>
    public static bool IsPresentable(string value, Secret secret) =>
        !value.AsSpan().ContainsAnyExceptInRange(' ', '~') && !Holds(value, secret);
}
