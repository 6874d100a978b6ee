using System.Buffers;
using System.Globalization;
using System.Text;

namespace Gateway.Providers.Docker;

/// <summary>
/// The id of a container is <c>cntr_</c>, the provider's name in letters an engine accepts, and a version 7 UUID in hex: at most 64 characters,
/// in the order of creation, and the container's name at the engine.
/// </summary>
internal static class DockerIds
{
    /// <summary>Bytes of <see cref="Uuid"/>.</summary>
    public const int UuidBytes = 16;

    private const string Prefix = "cntr_";
    private const int UuidLength = 32;
    private const int TimeLength = 12;
    private const int MaxProviderLength = 64 - UuidLength - 6;

    private static readonly SearchValues<char> s_hex = SearchValues.Create("0123456789abcdef");

    /// <summary>A new id.</summary>
    public static string NewContainer(string provider, DateTimeOffset now) => PrefixOf(provider) + Guid.CreateVersion7(now).ToString("N");

    /// <summary>Whether a text is an id this provider could have given.</summary>
    public static bool IsContainer(string id, string provider)
    {
        var prefix = PrefixOf(provider);
        return id.Length == prefix.Length + UuidLength
            && id.StartsWith(prefix, StringComparison.Ordinal)
            && !id.AsSpan(prefix.Length).ContainsAnyExcept(s_hex);
    }

    /// <summary>Time of creation in Unix milliseconds.</summary>
    public static long CreatedMs(string id) =>
        long.Parse(id.AsSpan(id.Length - UuidLength, TimeLength), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);

    /// <summary>The 16 bytes that tell a provider's containers apart.</summary>
    public static byte[] Uuid(string id) => Convert.FromHexString(id.AsSpan(id.Length - UuidLength));

    /// <summary>The id with these 16 bytes.</summary>
    public static string OfUuid(ReadOnlySpan<byte> uuid, string provider) => PrefixOf(provider) + Convert.ToHexStringLower(uuid);

    private static string PrefixOf(string provider)
    {
        var text = new StringBuilder(Prefix, 64);
        foreach (var c in provider.AsSpan(0, Math.Min(provider.Length, MaxProviderLength)))
        {
            text.Append(char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '-');
        }

        return text.Append('_').ToString();
    }
}
