using System.Text;

namespace Gateway.Upstream;

/// <summary>A text to look for.</summary>
/// <param name="Text">The characters, one for each byte.</param>
/// <param name="IsBase64">Whether neighbours of the same alphabet belong to it: they hold the bits at its ends.</param>
internal readonly record struct SecretForm(string Text, bool IsBase64);

/// <summary>How a secret may be written when it is quoted, beyond escapes, which are undone before anything is looked for. Pure.</summary>
internal static class SecretForms
{
    /// <summary>Shorter texts are no secrets, and would be found where they mean something else.</summary>
    private const int MinLength = 8;

    /// <summary>
    /// The secret as it is and in Base64, in both alphabets (RFC 4648 §4, §5) and wherever it stands in what was encoded; none for a short one.
    /// </summary>
    public static IEnumerable<SecretForm> Of(string secret)
    {
        if (secret.Length < MinLength)
        {
            yield break;
        }

        var bytes = Encoding.UTF8.GetBytes(secret);
        yield return new(Encoding.Latin1.GetString(bytes), IsBase64: false);
        for (var before = 0; before < 3; before++)
        {
            var text = Encoded(bytes, before);
            yield return new(text, IsBase64: true);
            if (text.AsSpan().ContainsAny('+', '/'))
            {
                yield return new(text.Replace('+', '-').Replace('/', '_'), IsBase64: true);
            }
        }
    }

    /// <summary>
    /// What is secret in a header's value: the whole and, of a scheme with a credential (<c>Bearer …</c>, RFC 9110 §11.4), the credential alone, of
    /// <c>Basic</c> also the password in it (RFC 7617 §2).
    /// </summary>
    public static IEnumerable<string> OfHeader(string value)
    {
        yield return value;
        if (value.IndexOf(' ', StringComparison.Ordinal) is not (> 0 and var space))
        {
            yield break;
        }

        var credential = value[(space + 1)..].Trim();
        yield return credential;
        var decoded = new byte[credential.Length];
        if (value.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase) && Convert.TryFromBase64String(credential, decoded, out var length)
            && Encoding.UTF8.GetString(decoded, 0, length) is var pair && pair.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon)
        {
            yield return pair[(colon + 1)..];
        }
    }

    /// <summary>Those characters of the Base64 of a longer text that only these bytes decide.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="before">How many bytes stand in front of them, modulo 3.</param>
    private static string Encoded(byte[] bytes, int before)
    {
        var text = Convert.ToBase64String([.. new byte[before], .. bytes]);
        return text[(((before * 8) + 5) / 6)..((before + bytes.Length) * 8 / 6)];
    }
}
