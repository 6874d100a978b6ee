using System.Text.Json;

namespace Gateway.Providers.Json;

/// <summary>Comparing what stands in a document that a stranger has written.</summary>
public static class JsonText
{
    /// <summary>
    /// Whether the name or text the reader is at is this one. An escaped lone surrogate, which is JSON and no text, is never the same as anything.
    /// </summary>
    public static bool Is(this in Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueTextEquals(text);
        }

        try
        {
            return reader.ValueTextEquals(text);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
