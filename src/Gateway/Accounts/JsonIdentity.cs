using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Gateway.Providers.Json;

namespace Gateway.Accounts;

/// <summary>Reads the two members of an object that the ledger keeps.</summary>
internal static class JsonIdentity
{
    /// <summary>True when the object has an id; the creation time is 0 when it has none that is an integer.</summary>
    public static bool TryRead(ReadOnlySpan<byte> json, [NotNullWhen(true)] out string? id, out long createdAt)
    {
        id = null;
        createdAt = 0;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonMembers.MaxDepth });
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isId = reader.Is("id"u8);
                var isTime = reader.Is("created_at"u8);
                reader.Read();
                if (isId && reader.TokenType == JsonTokenType.String)
                {
                    id = reader.GetString();
                }
                else if (isTime && reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var seconds))
                {
                    createdAt = (long)seconds;
                }

                reader.Skip();
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }

        return id is not null;
    }
}
