using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace Gateway.Api;

/// <summary>
/// Bifrost's pagination cursor: URL-safe base64 of <c>{"v":1,"i":key index,"c":"native id"}</c>. The gateway's own cursor is the
/// plain id; this one is accepted so that clients written for Bifrost page on. The key index is not needed to continue behind an id.
/// </summary>
internal static class BifrostCursor
{
    private const int MaxLength = 2048;

    /// <summary>The native id inside a cursor, or the text itself when it is none.</summary>
    public static string Unwrap(string after)
    {
        if (after.Length > MaxLength || !after.StartsWith("ey", StringComparison.Ordinal))
        {
            return after;
        }

        try
        {
            using var cursor = JsonDocument.Parse(Base64Url.DecodeFromChars(after.TrimEnd('=')));
            return cursor.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("v", out var version) && version.ValueKind == JsonValueKind.Number && version.GetRawText() == "1"
                && root.TryGetProperty("c", out var native) && native.ValueKind == JsonValueKind.String
                ? native.GetString()!
                : after;
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException or DecoderFallbackException)
        {
            return after;
        }
    }
}
