using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Gateway.Settings;

/// <summary>The values of client keys: what they may be, how good they are, and new ones.</summary>
internal static class ClientSecret
{
    /// <summary>What a guess must be worth at least.</summary>
    private const int MinBits = 128;

    /// <summary>Fewer different characters than any random value of that length has.</summary>
    private const int MinDistinct = 8;

    private static readonly SearchValues<char> s_token =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/");

    /// <summary>A new value: Bifrost's prefix and 256 random bits.</summary>
    public static string New() => KeyDigest.Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    /// <summary>Whether a value can stand behind <c>Bearer</c> (RFC 6750 §2.1, <c>b64token</c>).</summary>
    public static bool IsToken(ReadOnlySpan<char> value) =>
        value.TrimEnd('=') is { Length: > 0 } text && value.Length <= KeyDigest.MaxLength && !text.ContainsAnyExcept(s_token);

    /// <summary>Whether a value has room for fewer than 128 random bits: at 4 a hexadecimal digit, else 6 a character.</summary>
    public static bool IsWeak(string value)
    {
        var random = (value.StartsWith(KeyDigest.Prefix, StringComparison.OrdinalIgnoreCase) ? value[KeyDigest.Prefix.Length..] : value)
            .Where(char.IsAsciiLetterOrDigit).ToArray();
        var bits = random.Length * (random.All(char.IsAsciiHexDigit) ? 4 : 6);
        return bits < MinBits || random.Distinct().Count() < MinDistinct;
    }
}
